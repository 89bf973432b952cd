use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(other)]
    tenant: &'a str,
}

fn main() {}
