use measurand::LabelSet;

struct Call<'a> {
    tenant: &'a str,
}

fn labels<L: LabelSet>() {}

fn main() {
    labels::<Call<'static>>();
}
