"""One module a file kind: from a file to the commands, poolers and settings modules it names."""
