use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(crate = measurand)]
    tenant: &'a str,
}

fn main() {}
