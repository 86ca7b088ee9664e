"""Real browsers, a real server and pictures that can be told apart: what the end-to-end tests are made of."""
