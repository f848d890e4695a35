"""Rules over what a live server said (`connaudit --live`)."""
