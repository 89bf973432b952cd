use measurand::LabelValue;

#[derive(LabelValue)]
struct Tenant<'a, T: ?Sized>(&'a T);

fn main() {}
