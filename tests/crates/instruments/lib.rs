//! Nothing: the tests are a program of their own.
