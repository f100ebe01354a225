use super::*;
use crate::layout::{Item, Layout};
use crate::picture::{Picture, Plane};

mod scaling;

const HD: Size = Size::new(1280, 720);
const NHD: Size = Size::new(640, 360);
const COLOURS: [[u8; 3]; 5] =
    [yuv([200, 40, 40]), yuv([40, 200, 40]), yuv([40, 40, 200]), yuv([200, 200, 40]), yuv([120, 120, 120])];

fn pixel(picture: PictureView<'_>, x: usize, y: usize) -> [u8; 3] {
    let [luma, u, v] = picture.planes;
    let chroma = |plane: Plane<'_>| plane.data[y / 2 * plane.stride + x / 2];
    [luma.data[y * luma.stride + x], chroma(u), chroma(v)]
}

fn middle(canvas: &Canvas, rect: Rect) -> [u8; 3] {
    pixel(canvas.picture(), rect.x + rect.width / 2, rect.y + rect.height / 2)
}

fn tile(key: u64, rect: Rect) -> Tile {
    Tile {
        key,
        rect,
        label: String::from("Anna Berg"),
        speaks: false,
        is_halved: false,
        content: Content::Camera,
    }
}

fn grid(count: usize, size: Size) -> Scene {
    let places = Layout::Grid.arrange(&vec![Item::default(); count], size).places;
    Scene { tiles: places.into_iter().flatten().zip(1..).map(|(rect, key)| tile(key, rect)).collect() }
}

fn one(content: Content, rect: Rect) -> Scene {
    Scene { tiles: vec![Tile { content, ..tile(1, rect) }] }
}

const ALL: Rect = Rect { x: 8, y: 8, width: 624, height: 344 };

fn drawn(canvas: &mut Canvas, key: u64, size: Size, colour: [u8; 3]) -> bool {
    canvas.draw(key, Picture::filled(size, colour).view(), Rotation::None)
}

#[test]
fn five_sources_are_where_they_belong() {
    for size in [HD, NHD, Size::new(426, 240)] {
        let (mut canvas, scene) = (Canvas::new(size), grid(5, size));
        assert_eq!(canvas.begin(&scene), [1, 2, 3, 4, 5]);
        let sizes = [
            Size::new(640, 360),
            Size::new(321, 181),
            Size::new(2, 2),
            Size::new(1920, 1080),
            Size::new(1, 1),
        ];
        for (tile, (size, colour)) in scene.tiles.iter().zip(sizes.into_iter().zip(COLOURS)) {
            assert!(drawn(&mut canvas, tile.key, size, colour));
        }
        for (tile, colour) in scene.tiles.iter().zip(COLOURS) {
            let rect = tile.rect;
            assert_eq!(middle(&canvas, rect), colour);
            // A square camera would lose too much if it filled its tile.
            let right = if [3, 5].contains(&tile.key) { TILE } else { colour };
            assert_eq!(pixel(canvas.picture(), rect.x + rect.width - 1, rect.y + rect.height / 2), right);
            let beside = pixel(canvas.picture(), rect.x.wrapping_sub(2), rect.y + rect.height / 2);
            assert_eq!(beside, GROUND);
            // The corner is round.
            assert_eq!(pixel(canvas.picture(), rect.x, rect.y)[0], GROUND[0]);
        }
    }
}

#[test]
fn a_name_can_be_read_on_any_picture() {
    for luma in [16, 128, 235] {
        let (mut canvas, scene) = (Canvas::new(HD), grid(4, HD));
        canvas.begin(&scene);
        drawn(&mut canvas, 1, NHD, [luma, 128, 128]);
        let rect = scene.tiles[0].rect;
        let lower_left =
            (0..60).flat_map(|x| (0..40).map(move |y| (rect.x + 10 + x, rect.y + rect.height - 12 - y)));
        let samples: Vec<u8> = lower_left.map(|(x, y)| pixel(canvas.picture(), x, y)[0]).collect();
        let light = samples.iter().filter(|&&sample| sample > 225).count();
        let dark = samples.iter().filter(|&&sample| sample < 90).count();
        assert!(light > 60 && dark > 600, "on {luma}: {light} light, {dark} dark");
    }
}

#[test]
fn drawing_the_same_again_changes_nothing() {
    let (mut canvas, scene) = (Canvas::new(NHD), grid(3, NHD));
    canvas.begin(&scene);
    drawn(&mut canvas, 2, Size::new(320, 240), COLOURS[0]);
    let before = canvas.sheet.picture().clone();
    drawn(&mut canvas, 2, Size::new(320, 240), COLOURS[0]);
    assert_eq!(&before, canvas.sheet.picture());
    assert!(canvas.begin(&scene).contains(&1));
    assert_eq!(&before, canvas.sheet.picture());
}

#[test]
fn the_line_of_who_speaks_comes_and_goes_and_the_picture_stays() {
    for size in [HD, NHD] {
        let (mut canvas, mut scene) = (Canvas::new(size), grid(4, size));
        canvas.begin(&scene);
        drawn(&mut canvas, 1, NHD, COLOURS[0]);
        let quiet = canvas.sheet.picture().clone();
        let rect = scene.tiles[0].rect;
        let line = |canvas: &Canvas| {
            let (right, bottom) = (rect.x + rect.width, rect.y + rect.height);
            [
                (rect.x - 1, rect.y + 50),
                (right, rect.y + 50),
                (rect.x + 50, rect.y - 1),
                (rect.x + 50, bottom),
            ]
            .map(|(x, y)| pixel(canvas.picture(), x, y))
        };
        scene.tiles[0].speaks = true;
        assert_eq!(canvas.begin(&scene), [2, 3, 4]);
        assert_eq!(line(&canvas), [ACCENT; 4]);
        assert_eq!(middle(&canvas, rect), COLOURS[0]);
        drawn(&mut canvas, 1, NHD, COLOURS[1]);
        assert_eq!(line(&canvas), [ACCENT; 4]);
        scene.tiles[0].speaks = false;
        canvas.begin(&scene);
        assert_eq!(line(&canvas), [GROUND; 4]);
        drawn(&mut canvas, 1, NHD, COLOURS[0]);
        assert_eq!(&quiet, canvas.sheet.picture());
    }
}

#[test]
fn after_a_change_of_layout_only_those_that_stayed_have_a_picture() {
    let (mut canvas, scene) = (Canvas::new(HD), grid(4, HD));
    canvas.begin(&scene);
    for tile in &scene.tiles {
        drawn(&mut canvas, tile.key, NHD, COLOURS[0]);
    }
    let mut next = scene.clone();
    next.tiles.remove(3);
    assert_eq!(canvas.begin(&next), [0_u64; 0]);
    assert_eq!(middle(&canvas, scene.tiles[0].rect), COLOURS[0]);
    assert_eq!(middle(&canvas, scene.tiles[3].rect), GROUND);
    let moved = grid(9, HD);
    assert_eq!(canvas.begin(&moved).len(), 9);
    let picture = canvas.picture();
    let old = |row: usize| picture.planes[0].row(row, HD.width).contains(&COLOURS[0][0]);
    assert!(
        !(0..HD.height)
            .any(|row| old(row) && picture.planes[2].row(row / 2, HD.width / 2).contains(&COLOURS[0][2]))
    );
    assert!(!drawn(&mut canvas, 77, NHD, COLOURS[0]));
}

#[test]
fn a_camera_that_is_off_has_initials_in_a_colour_of_the_name() {
    let mut canvas = Canvas::new(NHD);
    let mut colour_of = |name: &str| {
        let mut scene = one(Content::Off, ALL);
        scene.tiles[0].label = String::from(name);
        assert_eq!(canvas.begin(&scene), [0_u64; 0]);
        assert!(!drawn(&mut canvas, 1, NHD, COLOURS[0]));
        pixel(canvas.picture(), 320 - 60, 180)
    };
    let (anna, boris) = (colour_of("Anna"), colour_of("Boris"));
    assert_ne!(anna, boris);
    assert_ne!(anna, TILE);
    assert_eq!(anna, of("Anna"));
    assert_eq!(anna, colour_of("Anna"));
    let letters = |canvas: &Canvas| {
        let rows = (140..220).map(|row| canvas.picture().planes[0].row(row, 400));
        rows.flat_map(|row| &row[240..]).filter(|&&sample| sample > 220).count()
    };
    assert!(letters(&canvas) > 100);
}

fn of(name: &str) -> [u8; 3] {
    colour::of_name(name)
}

#[test]
fn white_letters_are_read_on_every_disc() {
    for name in (0..200).map(|number| format!("name {number}")) {
        let [luma, ..] = of(&name);
        assert!(luma < 130, "{name}: {luma}");
    }
}

#[test]
fn how_many_others_there_are_is_said() {
    let mut canvas = Canvas::new(NHD);
    let mut scene = one(Content::More(3), ALL);
    scene.tiles[0].label.clear();
    assert_eq!(canvas.begin(&scene), [0_u64; 0]);
    let three = canvas.sheet.picture().clone();
    scene.tiles[0].content = Content::More(4);
    canvas.begin(&scene);
    assert_ne!(&three, canvas.sheet.picture());
}

#[test]
fn what_stands_still_is_darker_until_its_next_picture() {
    let (mut canvas, scene) = (Canvas::new(NHD), grid(2, NHD));
    canvas.begin(&scene);
    canvas.dim(1);
    assert_ne!(middle(&canvas, scene.tiles[0].rect), GROUND);
    drawn(&mut canvas, 1, NHD, COLOURS[3]);
    canvas.dim(1);
    let dim = middle(&canvas, scene.tiles[0].rect);
    assert!(dim[0] < COLOURS[3][0] / 3 * 2);
    canvas.dim(1);
    assert_eq!(dim, middle(&canvas, scene.tiles[0].rect));
    drawn(&mut canvas, 1, NHD, COLOURS[3]);
    assert_eq!(middle(&canvas, scene.tiles[0].rect), COLOURS[3]);
}

#[test]
fn a_screen_is_never_cut_and_a_camera_a_little() {
    let mut canvas = Canvas::new(NHD);
    let edges = |canvas: &Canvas| {
        let at = |x, y| pixel(canvas.picture(), x, y);
        (at(320, 12), at(12, 180))
    };
    canvas.begin(&one(Content::Screen, ALL));
    drawn(&mut canvas, 1, Size::new(2000, 100), COLOURS[0]);
    assert_eq!((middle(&canvas, ALL), edges(&canvas)), (COLOURS[0], (TILE, COLOURS[0])));
    drawn(&mut canvas, 1, Size::new(100, 2000), COLOURS[0]);
    assert_eq!((middle(&canvas, ALL), edges(&canvas)), (COLOURS[0], (COLOURS[0], TILE)));
    drawn(&mut canvas, 1, Size::new(640, 480), COLOURS[0]);
    assert_eq!(edges(&canvas), (COLOURS[0], TILE));
    canvas.begin(&one(Content::Camera, ALL));
    drawn(&mut canvas, 1, Size::new(640, 480), COLOURS[0]);
    assert_eq!(edges(&canvas), (COLOURS[0], COLOURS[0]));
    drawn(&mut canvas, 1, Size::new(360, 640), COLOURS[0]);
    assert_eq!(edges(&canvas), (COLOURS[0], TILE));
}

#[test]
fn rotated_pictures_are_upright() {
    // The upper left quarter is bright.
    let size = Size::new(160, 80);
    let mut picture = Picture::filled(size, [40, 128, 128]);
    let [luma, ..] = picture.planes_mut();
    luma.chunks_mut(size.width).take(40).for_each(|row| row[..80].fill(200));
    let mut canvas = Canvas::new(NHD);
    let rect = Rect { x: 20, y: 20, width: 300, height: 300 };
    canvas.begin(&Scene { tiles: vec![Tile { label: String::new(), ..tile(1, rect) }] });
    let mut bright = |rotation| {
        assert!(canvas.draw(1, picture.view(), rotation));
        [(120, 120), (220, 120), (120, 220), (220, 220)].map(|(x, y)| pixel(canvas.picture(), x, y)[0] > 120)
    };
    assert_eq!(bright(Rotation::None), [true, false, false, false]);
    assert_eq!(bright(Rotation::Right), [false, true, false, false]);
    assert_eq!(bright(Rotation::Half), [false, false, false, true]);
    assert_eq!(bright(Rotation::Left), [false, false, true, false]);
}

#[test]
fn bad_pictures_and_rectangles_disturb_nothing() {
    let mut canvas = Canvas::new(NHD);
    let rects = [
        Rect { x: 9_999, y: 9_999, width: 10, height: 10 },
        Rect { x: 601, y: 301, width: 999, height: 999 },
        Rect { x: 0, y: 0, width: 1, height: 1 },
        Rect { x: 1, y: 1, width: 13, height: 3 },
    ];
    canvas.begin(&Scene { tiles: rects.into_iter().zip(1..).map(|(rect, key)| tile(key, rect)).collect() });
    for key in 1..=4 {
        for rotation in [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left] {
            let short = Plane { data: &[1, 2, 3], stride: 640 };
            canvas.draw(key, PictureView { size: NHD, planes: [short; 3] }, rotation);
            canvas.draw(key, Picture::filled(Size::new(3, 1), COLOURS[0]).view(), rotation);
            assert!(!canvas.draw(key, Picture::filled(Size::new(0, 7), COLOURS[0]).view(), rotation));
        }
    }
    assert_eq!(canvas.picture().size, NHD);
    assert_eq!(Canvas::new(Size::new(0, 0)).begin(&grid(3, NHD)).len(), 3);
    assert_eq!(Canvas::new(Size::new(641, 361)).picture().size, NHD);
}

#[test]
fn a_name_that_is_looked_at_in_half_is_as_large_there_as_on_a_small_picture() {
    // Of what is lettered, pixels.
    let ink = |size: Size, is_halved: bool, count: usize| {
        let mut canvas = Canvas::new(size);
        let tiles = grid(count, size).tiles.into_iter();
        let tiles = tiles.map(|tile| Tile { is_halved, content: Content::Screen, ..tile }).collect();
        canvas.begin(&Scene { tiles });
        let [luma, ..] = canvas.picture().planes;
        (0..size.height).flat_map(|row| luma.row(row, size.width)).filter(|luma| **luma > 180).count()
    };
    for count in [1, 4, 9] {
        let (small, halved) = (ink(NHD, false, count), ink(HD, true, count) / 4);
        assert!(small > 0 && small.abs_diff(halved) <= small / 3, "{count}: {small} and {halved}");
        assert!(halved * 4 > ink(HD, false, count), "{count}");
    }
}

#[test]
fn a_scene_has_so_many_tiles_at_most() {
    let mut canvas = Canvas::new(HD);
    let scene = Scene { tiles: (0..1000).map(|key| tile(key, ALL)).collect() };
    assert_eq!(canvas.begin(&scene).len(), MOST_TILES);
    assert_eq!(canvas.begin(&scene).len(), MOST_TILES);
}

#[test]
fn colours_are_those_of_bt_601() {
    assert_eq!(yuv([255, 0, 0]), [82, 90, 240]);
    assert_eq!(yuv([0, 255, 0]), [144, 54, 34]);
    assert_eq!(yuv([0, 0, 255]), [41, 240, 110]);
    assert_eq!(yuv([128, 128, 128]), [126, 128, 128]);
}
