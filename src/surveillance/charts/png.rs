//! The same pictures as PNG, with the letters the program carries itself.

use std::sync::OnceLock;

use plotters::backend::BitMapBackend;
use plotters::style::{FontStyle, register_font};
use plotters_backend::DrawingBackend;

use super::canvas::{Canvas, Picture};
use super::{ChartError, Size};

/// The picture on white, exactly `size` pixels large.
pub(crate) fn render(picture: &impl Picture, size: Size) -> Result<Vec<u8>, ChartError> {
    register_letters()?;
    // plotters smooths few of its edges, so it draws larger and the pixels are averaged; three
    // times as large where that is below 15 MB.
    let times = if size.width * size.height <= 500_000 {
        3
    } else {
        2
    };
    let (wide, high) = (size.width * times, size.height * times);

    let mut large = vec![0xFF; (wide * high * 3) as usize];
    let mut backend = BitMapBackend::with_buffer(&mut large, (wide, high));
    picture
        .draw(&mut Canvas::new(&mut backend, times, size))
        .and_then(|()| backend.present())
        .map_err(|err| ChartError::Drawing(err.to_string()))?;
    drop(backend);

    encode(&averaged(&large, size, times as usize), size)
}

/// Makes Noto Sans plotters' `sans-serif`, once in a process.
fn register_letters() -> Result<(), ChartError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered = REGISTERED.get_or_init(|| {
        register_font("sans-serif", FontStyle::Normal, ttf_noto_sans::REGULAR).is_ok()
    });
    if *registered {
        Ok(())
    } else {
        Err(ChartError::Font)
    }
}

/// Each pixel of the result is the mean of `times` by `times` pixels of `large`.
fn averaged(large: &[u8], size: Size, times: usize) -> Vec<u8> {
    let row = size.width as usize * 3;
    let mut sums = vec![0_u32; row];
    let mut small = Vec::with_capacity(row * size.height as usize);
    for lines in large.chunks_exact(row * times * times) {
        sums.fill(0);
        for line in lines.chunks_exact(row * times) {
            for (sum, block) in sums.chunks_exact_mut(3).zip(line.chunks_exact(3 * times)) {
                for pixel in block.chunks_exact(3) {
                    for (channel, &value) in sum.iter_mut().zip(pixel) {
                        *channel += u32::from(value);
                    }
                }
            }
        }
        let pixels = (times * times) as u32;
        small.extend(sums.iter().map(|sum| (sum / pixels) as u8));
    }
    small
}

fn encode(rgb: &[u8], size: Size) -> Result<Vec<u8>, ChartError> {
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    // Flat colours compress best unfiltered: a third of the bytes, for some 5 ms.
    encoder.set_compression(::png::Compression::Default);
    encoder.set_filter(::png::FilterType::NoFilter);
    encoder.write_header()?.write_image_data(rgb)?;
    Ok(file)
}
