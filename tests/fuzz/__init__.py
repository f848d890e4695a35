"""Coverage-guided fuzzing: no input may crash the program, hang it, fill the memory, or bring out a secret."""
