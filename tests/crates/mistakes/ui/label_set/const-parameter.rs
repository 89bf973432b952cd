use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a, const N: usize> {
    tenant: &'a str,
    #[label(skip)]
    parts: [u8; N],
}

fn main() {}
