"""A plugin whose module cannot be imported."""

raise RuntimeError("the licence file\nis missing")
