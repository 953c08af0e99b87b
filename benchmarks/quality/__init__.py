"""How good the lists are: the product against well-known methods, by what is known of the person."""
