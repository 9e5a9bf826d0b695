"""How e-mail leaves the installation."""
