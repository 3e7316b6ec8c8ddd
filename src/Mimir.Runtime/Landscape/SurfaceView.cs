using Mimir.Runtime.Pictures;

namespace Mimir.Runtime.Landscape;

/// <summary>A surface in parallel perspective, lit from the upper left, on a base with a height scale.</summary>
internal sealed class SurfaceView
{
    private const int Oversampling = 3;
    private const int FinestCells = 120; // quadrilaterals along an axis; fewer points are interpolated
    private const double Turn = -52 * Math.PI / 180;
    private const double Tilt = 30 * Math.PI / 180;
    private const double HeightOfAll = 0.7; // over the length of an axis
    private const double Shade = 0.42;
    private const double Shades = 40;
    private const double TickSize = 11;

    private readonly LossSurface _surface;
    private readonly double _least;
    private readonly double _most;
    private readonly double _scale;
    private readonly double _middleX;
    private readonly double _middleY;

    private SurfaceView(LossSurface surface, double least, double most, int width, int height)
    {
        (_surface, _least, _most) = (surface, least, most);
        _scale = width / 1.62;
        (_middleX, _middleY) = (width * 0.53, height * 0.54);
    }

    /// <summary>Draws it.</summary>
    /// <param name="canvas">Where.</param>
    /// <param name="surface">What.</param>
    /// <param name="least">The height of the base, in loss.</param>
    /// <param name="most">The height of the top.</param>
    /// <param name="left">Of the area that it may fill.</param>
    /// <param name="top">Of that area.</param>
    /// <param name="width">Of that area.</param>
    /// <param name="height">Of that area.</param>
    /// <param name="axisA">Name of the first axis.</param>
    /// <param name="axisB">Name of the second.</param>
    public static void Draw(
        Canvas canvas, LossSurface surface, double least, double most, int left, int top, int width, int height, string axisA, string axisB)
    {
        var view = new SurfaceView(surface, least, most, width, height);
        var large = new Canvas(width * Oversampling, height * Oversampling);
        view.DrawBase(large);
        view.DrawSurface(large);
        view.DrawScale(large, axisA, axisB);
        canvas.Paste(large, Oversampling, left, top);
    }

    /// <summary>Where a point of the unit box stands, a and b in [−1, 1], height in [0, 1].</summary>
    private (double X, double Y) Place(double a, double b, double height)
    {
        var (sine, cosine) = Math.SinCos(Turn);
        var (x, depth) = (a * cosine - b * sine, a * sine + b * cosine);
        return (
            Oversampling * (_middleX + x * _scale / 2),
            Oversampling * (_middleY - (depth * Math.Sin(Tilt) / 2 + (height - 0.5) * HeightOfAll * Math.Cos(Tilt)) * _scale));
    }

    private double Height(double a, double b)
    {
        var half = (_surface.Points - 1) / 2.0;
        return (_surface.LossBetween((a + 1) * half, (b + 1) * half) - _least) / (_most - _least);
    }

    private void DrawBase(Canvas canvas)
    {
        foreach (var step in AxisTicks.Between(-1, 1, 4))
        {
            canvas.Line([Place(step, -1, 0), Place(step, 1, 0)], Oversampling * 0.9, Colour.Grey, 0.5);
            canvas.Line([Place(-1, step, 0), Place(1, step, 0)], Oversampling * 0.9, Colour.Grey, 0.5);
        }
    }

    private void DrawSurface(Canvas canvas)
    {
        var cells = (_surface.Points - 1) * Math.Max(1, FinestCells / (_surface.Points - 1));
        var meshEvery = Math.Max(1, cells / 20);
        double Step(int i) => 2.0 * i / cells - 1;

        // From the far corner to the near one: with this turn, the far end of both axes is (1, 1) for b and (-1) for a.
        for (var i = 0; i < cells; i++)
        {
            for (var j = cells - 1; j >= 0; j--)
            {
                var (a, b, nextA, nextB) = (Step(i), Step(j), Step(i + 1), Step(j + 1));
                var (h00, h10, h11, h01) = (Height(a, b), Height(nextA, b), Height(nextA, nextB), Height(a, nextB));
                var (p00, p10, p11, p01) = (Place(a, b, h00), Place(nextA, b, h10), Place(nextA, nextB, h11), Place(a, nextB, h01));
                canvas.Polygon([p00, p10, p11, p01], Lit(ColourScale.At((h00 + h10 + h11 + h01) / 4), h10 + h11 - h00 - h01, h01 + h11 - h00 - h10, nextA - a));
                if (i % meshEvery == 0)
                    canvas.Line([p00, p01], Oversampling * 0.55, Colour.Ink, 0.45);
                if ((j + 1) % meshEvery == 0)
                    canvas.Line([p01, p11], Oversampling * 0.55, Colour.Ink, 0.45);
                if (i == cells - 1)
                    canvas.Line([p10, p11], Oversampling * 0.8, Colour.Ink, 0.7);
                if (j == 0)
                    canvas.Line([p00, p10], Oversampling * 0.8, Colour.Ink, 0.7);
            }
        }
    }

    private static Colour Lit(Colour colour, double riseA, double riseB, double step)
    {
        // The normal of the cell, and light from above over the left shoulder of the onlooker.
        var (x, y, z) = (-riseA / (2 * step) * 2 * HeightOfAll, -riseB / (2 * step) * 2 * HeightOfAll, 1.0);
        var facing = Math.Round((-0.55 * x - 0.25 * y + 0.8 * z) / Math.Sqrt(x * x + y * y + z * z) * Shades) / Shades;
        return facing >= 0.8 ? colour.Towards(Colour.White, Shade * (facing - 0.8)) : colour.Towards(Colour.Ink, Shade * (0.8 - facing));
    }

    private void DrawScale(Canvas canvas, string axisA, string axisB)
    {
        canvas.Line([Place(-1, -1, 0), Place(1, -1, 0), Place(1, 1, 0)], Oversampling * 1.1, Colour.Ink);
        canvas.Line([Place(-1, -1, 0), Place(-1, -1, 1)], Oversampling * 1.1, Colour.Ink);
        foreach (var tick in AxisTicks.Between(_least, _most, 5))
        {
            var (x, y) = Place(-1, -1, (tick - _least) / (_most - _least));
            canvas.Line([(x, y), (x - 5 * Oversampling, y)], Oversampling * 1.1, Colour.Ink);
            canvas.Text(x - 9 * Oversampling, y + TickSize * Oversampling / 2, $"{tick:0.###}", TickSize * Oversampling, anchor: 1);
        }

        var (ax, ay) = Place(0, -1, 0);
        canvas.Text(ax - 14 * Oversampling, ay + 34 * Oversampling, axisA, TickSize * Oversampling, anchor: 0.5);
        var (bx, by) = Place(1, 0, 0);
        canvas.Text(bx + 16 * Oversampling, by + 30 * Oversampling, axisB, TickSize * Oversampling);
    }
}
