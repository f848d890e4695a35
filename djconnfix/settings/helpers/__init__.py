"""What the evaluator knows of functions out of the tree: a module a package, each with `HANDLERS` by dotted name."""
