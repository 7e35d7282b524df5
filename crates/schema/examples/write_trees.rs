//! Writes the browser's trees of the expression vectors into the file it is given; `cargo xtask gen`
//! runs it.

fn main() -> std::io::Result<()> {
    let file = std::env::args_os().nth(1);
    let file = file.ok_or_else(|| std::io::Error::other("which file?"))?;
    let catalogue = schema::expr::testing::catalogue();
    std::fs::write(file, schema::expr::testing::trees(&catalogue))
}
