use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    _tenant: &'a str,
}

fn main() {}
