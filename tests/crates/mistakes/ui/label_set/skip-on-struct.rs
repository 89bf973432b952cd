use measurand::LabelSet;

#[derive(LabelSet)]
#[label(skip)]
struct Call<'a> {
    tenant: &'a str,
}

fn main() {}
