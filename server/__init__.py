"""Wire in, wire out: the gRPC face of the domain."""
