"""Generated settings modules: executed before and after a fix, and held against what the program said of them."""
