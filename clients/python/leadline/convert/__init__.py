"""Between the values of this package and the messages of the wire."""
