//! The dev-dependency of `cycle-user` that depends on it.

/// Does a thing in the copy of `cycle-user` that is linked as a library.
pub fn do_thing_of_the_other_copy() {
    cycle_user::do_thing();
}
