use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(colour = "red")]
    tenant: &'a str,
}

fn main() {}
