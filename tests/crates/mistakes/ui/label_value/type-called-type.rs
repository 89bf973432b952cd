use measurand::LabelValue;

#[derive(LabelValue)]
struct Type<'a>(&'a str);

fn main() {}
