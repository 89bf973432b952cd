//! Nothing: the tests are programs of their own, each with one mistake.
