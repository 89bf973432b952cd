use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(renam = "customer")]
    tenant: &'a str,
}

#[derive(LabelSet)]
struct Batch<'a, T: 'a> {
    kind: &'a str,
    size: T,
}

fn labels<L: LabelSet>(_: &L::With<'_>) {}

fn main() {
    let name = String::from("a");
    labels::<Call<'static>>(&Call { tenant: &name });
    labels::<Batch<'static, u8>>(&Batch { kind: "a", size: 5 });
}
