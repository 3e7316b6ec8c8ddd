using System.Globalization;

namespace Mimir.Runtime.Pictures;

/// <summary>A plain sans-serif alphabet of strokes, so that pictures carry their labels without a font file. Capitals are 10 units high, small
/// letters 7, and reach 3 below the line.</summary>
internal static class StrokeFont
{
    /// <summary>Height of a capital.</summary>
    public const double CapHeight = 10;

    private const double Gap = 2.6;
    private const double SpaceWidth = 4;
    private const int StepsOfACurve = 6;
    private const string Unknown = "00 0a 6a 60 00";

    // A point is two characters, x and y: 0 to 9, a = 10, b = 11, and z, y, x = -1, -2, -3. Strokes end with a semicolon; a tilde makes a smooth
    // curve through the points, closed where it ends as it began.
    private static readonly Dictionary<char, string> s_glyphs = new()
    {
        ['A'] = "00 4a 80;13 73", ['B'] = "40 00 0a 4a;~4a 69 66 45;05 45;~45 74 71 40", ['C'] = "~78 69 4a 18 05 12 40 61 72", ['D'] = "30 00 0a 3a;~3a 69 75 61 30",
        ['E'] = "60 00 0a 6a;05 55", ['F'] = "00 0a 6a;05 55", ['G'] = "~78 69 4a 18 05 12 40 61 72;72 75 45", ['H'] = "00 0a;70 7a;05 75", ['I'] = "00 0a",
        ['J'] = "5a 53;~53 41 20 11 03", ['K'] = "00 0a;7a 04;26 70", ['L'] = "0a 00 60", ['M'] = "00 0a 44 8a 80", ['N'] = "00 0a 70 7a",
        ['O'] = "~4a 18 05 12 40 72 85 78 4a", ['P'] = "00 0a 4a;~4a 79 76 45;45 05", ['Q'] = "~4a 18 05 12 40 72 85 78 4a;53 80", ['R'] = "00 0a 4a;~4a 79 76 45;45 05;45 70",
        ['S'] = "~68 59 3a 19 08 16 35 54 62 51 30 11 02", ['T'] = "0a 8a;4a 40", ['U'] = "0a 03;~03 11 30 51 63;63 6a", ['V'] = "0a 40 8a", ['W'] = "0a 20 5a 80 aa",
        ['X'] = "0a 70;00 7a", ['Y'] = "0a 45 8a;45 40", ['Z'] = "0a 7a 00 70",
        ['a'] = "57 50;~55 47 27 05 02 20 40 52", ['b'] = "0a 00;~05 17 37 55 52 30 10 02", ['c'] = "~56 47 27 05 02 20 40 51", ['d'] = "5a 50;~55 47 27 05 02 20 40 52",
        ['e'] = "04 54;~54 46 27 05 02 20 40 51", ['f'] = "10 18;~18 2a 4a;07 37", ['g'] = "57 5z;~5z 4x 2x 0y;~55 47 27 05 02 20 40 52", ['h'] = "0a 00;~04 17 37 55;55 50",
        ['i'] = "00 07;09 0a", ['j'] = "27 2z;~2z 1x 0x;29 2a", ['k'] = "0a 00;57 03;24 50", ['l'] = "0a 00", ['m'] = "07 00;~04 17 37 45;45 40;~44 57 77 85;85 80",
        ['n'] = "07 00;~04 17 37 55;55 50", ['o'] = "~37 05 02 30 62 65 37", ['p'] = "07 0x;~05 17 37 55 52 30 10 02", ['q'] = "57 5x;~55 47 27 05 02 20 40 52",
        ['r'] = "07 00;~04 16 37", ['s'] = "~46 37 17 05 14 33 42 30 10 01", ['t'] = "1a 12;~12 20 30;07 37", ['u'] = "07 02;~02 10 30 53;57 50", ['v'] = "07 30 67",
        ['w'] = "07 20 47 60 87", ['x'] = "07 50;00 57", ['y'] = "07 30;67 30 1x", ['z'] = "07 57 00 50",
        ['0'] = "~3a 08 02 30 62 68 3a", ['1'] = "18 3a 30", ['2'] = "~08 2a 4a 68 66 44;44 00 60", ['3'] = "~09 2a 4a 68 66 35;~35 64 62 40 20 01", ['4'] = "50 5a 03 73",
        ['5'] = "6a 1a 06;~06 27 47 65 62 40 20 01", ['6'] = "~59 3a 17 04 02 20 40 62 64 46 26 04", ['7'] = "0a 6a 20", ['8'] = "~3a 08 35 68 3a;~35 02 30 62 35",
        ['9'] = "~11 30 53 66 68 4a 2a 08 06 24 44 66",
        ['.'] = "00 01", [','] = "11 0y", [':'] = "00 01;06 07", [';'] = "11 0y;16 17", ['-'] = "04 44", ['+'] = "04 64;31 37", ['='] = "03 63;06 66", ['/'] = "0z 5b",
        ['('] = "~2b 08 02 2z", [')'] = "~0b 28 22 0z", ['['] = "2b 0b 0z 2z", [']'] = "0b 2b 2z 0z", ['%'] = "00 8a;~2a 08 26 48 2a;~64 42 60 82 64", ['_'] = "0z 6z",
        ['\''] = "0a 08", ['"'] = "0a 08;2a 28", ['<'] = "67 04 61", ['>'] = "07 64 01", ['*'] = "25 29;06 48;08 46", ['|'] = "0b 0z", ['!'] = "0a 03;00 01",
        ['?'] = "~08 2a 4a 68 66 34 33;30 31", ['#'] = "10 3a;40 6a;03 63;07 77", ['&'] = "70 18;~18 3a 48 26 02 20 40 63", ['@'] = "~56 37 25 33 54 56 54 73 76 4a 05 30 61",
        ['\u00d7'] = "01 56;06 51", ['\u00b1'] = "05 65;32 38;00 60", ['\u03b5'] = "~56 37 17 05 24;~24 02 20 30 51",
    };

    private static readonly Dictionary<char, Glyph> s_made = [];

    /// <summary>Width of a line of text, in units.</summary>
    public static double WidthOf(string text)
    {
        var width = -Gap;
        foreach (var letter in text)
            width += (letter == ' ' ? SpaceWidth : GlyphOf(letter).Width) + Gap;
        return Math.Max(0, width);
    }

    /// <summary>The strokes of a line of text, in units, from its left end on the base line; y upwards.</summary>
    public static IEnumerable<(double X, double Y)[]> Strokes(string text)
    {
        var x = 0.0;
        foreach (var letter in text)
        {
            if (letter == ' ')
            {
                x += SpaceWidth + Gap;
                continue;
            }

            var glyph = GlyphOf(letter);
            foreach (var stroke in glyph.Strokes)
                yield return Array.ConvertAll(stroke, point => (x + point.X, point.Y));
            x += glyph.Width + Gap;
        }
    }

    private static Glyph GlyphOf(char letter)
    {
        lock (s_made)
        {
            if (!s_made.TryGetValue(letter, out var glyph))
                s_made[letter] = glyph = Glyph.Parse(s_glyphs.GetValueOrDefault(letter, Unknown));
            return glyph;
        }
    }

    private sealed record Glyph(double Width, (double X, double Y)[][] Strokes)
    {
        public static Glyph Parse(string text)
        {
            var strokes = Array.ConvertAll(text.Split(';'), Stroke);
            return new Glyph(strokes.Max(stroke => stroke.Max(point => point.X)), strokes);
        }

        private static (double X, double Y)[] Stroke(string text)
        {
            var points = Array.ConvertAll(text.TrimStart('~').Split(' '), point => ((double)Number(point[0]), (double)Number(point[1])));
            return text[0] == '~' ? Smooth(points) : points;
        }

        private static int Number(char digit) => digit >= 'x' ? digit - 'z' - 1 : int.Parse($"{digit}", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

        /// <summary>A Catmull-Rom spline through the points.</summary>
        private static (double X, double Y)[] Smooth((double X, double Y)[] points)
        {
            var last = points.Length - 1;
            var closed = points[0] == points[last];
            var curve = new List<(double, double)> { points[0] };
            for (var i = 0; i < last; i++)
            {
                var (a, b, c, d) = (
                    i > 0 ? points[i - 1] : points[closed ? last - 1 : 0], points[i], points[i + 1], i + 1 < last ? points[i + 2] : points[closed ? 1 : last]);
                for (var step = 1; step <= StepsOfACurve; step++)
                {
                    var t = (double)step / StepsOfACurve;
                    curve.Add((Spline(a.X, b.X, c.X, d.X, t), Spline(a.Y, b.Y, c.Y, d.Y, t)));
                }
            }

            return [.. curve];
        }

        private static double Spline(double a, double b, double c, double d, double t) =>
            b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    }
}
