using Mimir.Runtime.Pictures;

namespace Mimir.Runtime.Tests.Pictures;

[TestFixture]
internal sealed class PictureTests
{
    [Test]
    public void ALineCoversItsThickness()
    {
        var canvas = new Canvas(20, 20);
        canvas.Line([(5, 10), (15, 10)], thickness: 4, new Colour(0, 0, 0));
        var column = Enumerable.Range(0, 20).Select(y => (int)canvas[10, y].Red).ToArray();
        Assert.That(column, Is.EqualTo(Enumerable.Range(0, 20).Select(y => y is >= 8 and < 12 ? 0 : 255)).AsCollection);
        Assert.That(canvas[3, 9].Red, Is.LessThan(128), "a round end");
        Assert.That(canvas[1, 9], Is.EqualTo(Colour.White));
    }

    [Test]
    public void PolygonsThatTouchLeaveNoSeamAndDoNotOverlap()
    {
        // A square cut by a slanted line: each pixel belongs to exactly one part, by its middle.
        var (red, blue) = (new Colour(200, 0, 0), new Colour(0, 0, 200));
        var (both, second) = (new Canvas(12, 12), new Canvas(12, 12));
        both.Polygon([(1, 1), (7.3, 1), (4.1, 11), (1, 11)], red);
        second.Polygon([(7.3, 1), (11, 1), (11, 11), (4.1, 11)], blue);
        for (var y = 0; y < 12; y++)
        {
            for (var x = 0; x < 12; x++)
            {
                var inside = x is >= 1 and < 11 && y is >= 1 and < 11;
                Assert.That(both[x, y] == red ^ second[x, y] == blue, Is.EqualTo(inside), $"{x}, {y}");
            }
        }
    }

    [Test]
    public void EveryPrintableLetterHasItsOwnStrokes()
    {
        var letters = Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(letter => !"$\\^`{}~".Contains(letter)).ToArray();
        var shapes = letters.Select(letter => string.Join(';', StrokeFont.Strokes($"{letter}").Select(stroke => string.Join(' ', stroke)))).ToArray();
        Assert.That(shapes, Is.Unique);
        Assert.That(StrokeFont.Strokes("gjpqy,()").SelectMany(stroke => stroke).Select(point => point.Y), Is.All.InRange(-3.5, 11.5));
        Assert.That(StrokeFont.WidthOf("ab"), Is.GreaterThan(StrokeFont.WidthOf("a") + StrokeFont.WidthOf("b")));
        Assert.That(StrokeFont.WidthOf(""), Is.Zero);
    }

    [Test]
    public void ContoursOfAPlaneAreStraight()
    {
        const int points = 6;
        var heights = Enumerable.Range(0, points * points).Select(i => i / points + 2.0 * (i % points)).ToArray();
        var pieces = Contours.Of(heights, points, 4.3).ToArray();
        Assert.That(pieces, Has.Length.GreaterThan(points - 2));
        foreach (var (from, to) in pieces)
        {
            Assert.That(from.A + 2 * from.B, Is.EqualTo(4.3).Within(1e-12));
            Assert.That(to.A + 2 * to.B, Is.EqualTo(4.3).Within(1e-12));
        }

        Assert.That(Contours.Of(heights, points, 100), Is.Empty);
    }

    [Test]
    public void ContoursOfASaddleKeepApartWhatTheMiddleKeepsApart()
    {
        // High at (0, 0) and (1, 1). Above the middle's height the two high corners are cut off alone, below it the two low ones.
        double[] heights = [1, 0, 0, 1];
        Assert.That(Contours.Of(heights, 2, 0.6), Has.All.Matches<((double A, double B) From, (double A, double B) To)>(
            piece => Math.Abs(piece.From.A - piece.From.B) > 0 && piece.From.A + piece.From.B is > 0 and < 2 && Side(piece) is < 0.5 or > 1.5));
        Assert.That(Contours.Of(heights, 2, 0.4), Has.All.Matches<((double A, double B) From, (double A, double B) To)>(piece => Side(piece) is > 0.5 and < 1.5));

        // Where the middle of a piece lies along the diagonal of the high corners.
        static double Side(((double A, double B) From, (double A, double B) To) piece) => (piece.From.A + piece.From.B + piece.To.A + piece.To.B) / 2;
    }

    [Test]
    public void TicksAreRoundNumbersInside()
    {
        Assert.That(AxisTicks.Between(0.13, 3.4, 6), Is.EqualTo(new[] { 1.0, 2, 3 }).Within(1e-12).Or.EqualTo(new[] { 0.5, 1, 1.5, 2, 2.5, 3 }).Within(1e-12));
        Assert.That(AxisTicks.Between(-1, 1, 4), Is.EqualTo(new[] { -1, -0.5, 0, 0.5, 1 }).Within(1e-12));
        Assert.That(AxisTicks.Between(2, 2, 4), Is.EqualTo(new[] { 2.0 }).AsCollection);
    }
}
