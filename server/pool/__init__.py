"""Several server processes behind one port, and the parent that looks after them."""
