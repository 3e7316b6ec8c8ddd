using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Pictures;

/// <summary>A picture to draw on: areas, smooth lines and text. Positions are in pixels from the upper left corner; whole numbers are the corners
/// of pixels.</summary>
internal sealed class Canvas
{
    private const double StrokeOfText = 0.135; // thickness over the height of a capital

    private readonly byte[] _pixels;

    /// <summary>A white picture.</summary>
    public Canvas(int width, int height)
    {
        (Width, Height) = (width, height);
        _pixels = new byte[3 * width * height];
        Array.Fill(_pixels, byte.MaxValue);
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>One pixel.</summary>
    public Colour this[int x, int y]
    {
        get
        {
            var at = 3 * (y * Width + x);
            return new Colour(_pixels[at], _pixels[at + 1], _pixels[at + 2]);
        }

        set
        {
            var at = 3 * (y * Width + x);
            (_pixels[at], _pixels[at + 1], _pixels[at + 2]) = (value.Red, value.Green, value.Blue);
        }
    }

    /// <summary>Fills a rectangle of whole pixels.</summary>
    public void Fill(int left, int top, int width, int height, Colour colour)
    {
        for (var y = top; y < top + height; y++)
        {
            for (var x = left; x < left + width; x++)
                this[x, y] = colour;
        }
    }

    /// <summary>Fills a convex polygon: every pixel whose middle is inside, so that neighbours leave no seam.</summary>
    public void Polygon(ReadOnlySpan<(double X, double Y)> corners, Colour colour)
    {
        var (top, bottom) = (double.MaxValue, double.MinValue);
        foreach (var (_, y) in corners)
            (top, bottom) = (Math.Min(top, y), Math.Max(bottom, y));
        for (var row = Math.Max(0, (int)Math.Ceiling(top - 0.5)); row < Math.Min(Height, bottom - 0.5); row++)
        {
            var (left, right) = (double.MaxValue, double.MinValue);
            for (var i = 0; i < corners.Length; i++)
            {
                var (from, to) = (corners[i], corners[(i + 1) % corners.Length]);
                if (from.Y > row + 0.5 == to.Y > row + 0.5)
                    continue;
                var x = from.X + (row + 0.5 - from.Y) / (to.Y - from.Y) * (to.X - from.X);
                (left, right) = (Math.Min(left, x), Math.Max(right, x));
            }

            for (var column = Math.Max(0, (int)Math.Ceiling(left - 0.5)); column < Math.Min(Width, right - 0.5); column++)
                this[column, row] = colour;
        }
    }

    /// <summary>Lays another picture, made several times too large, over a part of this one.</summary>
    /// <param name="larger">The picture.</param>
    /// <param name="times">How many times too large it is; divides its sizes.</param>
    /// <param name="left">Where it goes.</param>
    /// <param name="top">Where it goes.</param>
    public void Paste(Canvas larger, int times, int left, int top)
    {
        for (var y = 0; y < larger.Height / times; y++)
        {
            for (var x = 0; x < larger.Width / times; x++)
            {
                var (red, green, blue) = (0, 0, 0);
                for (var i = 0; i < times * times; i++)
                {
                    var part = larger[x * times + i % times, y * times + i / times];
                    (red, green, blue) = (red + part.Red, green + part.Green, blue + part.Blue);
                }

                var parts = times * times;
                this[left + x, top + y] = new Colour((byte)((red + parts / 2) / parts), (byte)((green + parts / 2) / parts), (byte)((blue + parts / 2) / parts));
            }
        }
    }

    /// <summary>Draws connected lines with round ends.</summary>
    /// <inheritdoc cref="Lines" path="/param"/>
    public void Line(ReadOnlySpan<(double X, double Y)> points, double thickness, Colour colour, double opacity = 1)
    {
        var pieces = new ((double X, double Y) From, (double X, double Y) To)[points.Length - 1];
        for (var i = 0; i < pieces.Length; i++)
            pieces[i] = (points[i], points[i + 1]);
        Lines(pieces, thickness, colour, opacity);
    }

    /// <summary>Draws lines with round ends as one figure: each pixel takes colour by the share of it that is covered, and no more where they meet.</summary>
    /// <param name="pieces">Their ends.</param>
    /// <param name="thickness">In pixels.</param>
    /// <param name="colour">Their colour.</param>
    /// <param name="opacity">In [0, 1].</param>
    public void Lines(ReadOnlySpan<((double X, double Y) From, (double X, double Y) To)> pieces, double thickness, Colour colour, double opacity = 1)
    {
        var all = new Box(Width, Height, 0, 0);
        foreach (var (from, to) in pieces)
            all = all.And(Around(from, to, thickness));
        if (all.Right <= all.Left || all.Bottom <= all.Top)
            return;
        var covers = new float[(all.Bottom - all.Top) * (all.Right - all.Left)];
        foreach (var (from, to) in pieces)
        {
            var box = Around(from, to, thickness);
            for (var y = box.Top; y < box.Bottom; y++)
            {
                for (var x = box.Left; x < box.Right; x++)
                {
                    ref var cover = ref covers[(y - all.Top) * (all.Right - all.Left) + x - all.Left];
                    cover = Math.Max(cover, (float)Math.Min(1, thickness / 2 + 0.5 - Math.Sqrt(SquaredDistance(x + 0.5, y + 0.5, from, to))));
                }
            }
        }

        for (var i = 0; i < covers.Length; i++)
        {
            var (x, y) = (all.Left + i % (all.Right - all.Left), all.Top + i / (all.Right - all.Left));
            if (covers[i] > 0)
                this[x, y] = this[x, y].Towards(colour, covers[i] * opacity);
        }
    }

    /// <summary>Writes a line of text.</summary>
    /// <param name="x">Where it is anchored.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">The text.</param>
    /// <param name="size">Height of a capital.</param>
    /// <param name="anchor">0 begins at x, 0.5 has its middle there, 1 ends there.</param>
    /// <param name="colour">Null is ink.</param>
    /// <param name="upwards">Turned by 90 degrees, so that x is its base line.</param>
    public void Text(double x, double y, string text, double size, double anchor = 0, Colour? colour = null, bool upwards = false)
    {
        var unit = size / StrokeFont.CapHeight;
        var shift = -anchor * StrokeFont.WidthOf(text) * unit;
        foreach (var stroke in StrokeFont.Strokes(text))
        {
            var points = Array.ConvertAll(stroke, point =>
            {
                var (along, above) = (shift + point.X * unit, point.Y * unit);
                return upwards ? (x - above, y - along) : (x + along, y - above);
            });
            Line(points, Math.Max(1.1, size * StrokeOfText), colour ?? Colour.Ink);
        }
    }

    /// <summary>Saves it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path) => PngFile.Write(path, Width, Height, _pixels);

    /// <summary>The pixels that a line may touch.</summary>
    private Box Around((double X, double Y) from, (double X, double Y) to, double thickness)
    {
        var reach = thickness / 2 + 1;
        return new Box(
            Math.Max(0, (int)(Math.Min(from.X, to.X) - reach)), Math.Max(0, (int)(Math.Min(from.Y, to.Y) - reach)),
            Math.Min(Width, (int)Math.Ceiling(Math.Max(from.X, to.X) + reach)), Math.Min(Height, (int)Math.Ceiling(Math.Max(from.Y, to.Y) + reach)));
    }

    private static double SquaredDistance(double x, double y, (double X, double Y) from, (double X, double Y) to)
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var length = dx * dx + dy * dy;
        var along = length == 0 ? 0 : Math.Clamp(((x - from.X) * dx + (y - from.Y) * dy) / length, 0, 1);
        var (awayX, awayY) = (x - from.X - along * dx, y - from.Y - along * dy);
        return awayX * awayX + awayY * awayY;
    }

    private readonly record struct Box(int Left, int Top, int Right, int Bottom)
    {
        public Box And(Box other) =>
            new(Math.Min(Left, other.Left), Math.Min(Top, other.Top), Math.Max(Right, other.Right), Math.Max(Bottom, other.Bottom));
    }
}
