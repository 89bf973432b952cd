use measurand::LabelSet;

#[derive(LabelSet)]
#[label(colour = "red")]
struct Call<'a> {
    tenant: &'a str,
}

fn main() {}
