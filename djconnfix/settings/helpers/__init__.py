"""What the evaluator knows of functions out of the tree: one module a package, each with its `HANDLERS` by dotted name."""
