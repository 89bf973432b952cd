use measurand::LabelSet;

#[derive(LabelSet)]
struct Request<'a> {
    #[label(utf8)]
    tenant: &'a str,
}

fn main() {}
