using Mimir.Runtime.Pictures;

namespace Mimir.Runtime.Landscape;

/// <summary>What a picture of a surface says beside it.</summary>
/// <param name="Title">Which kind was drawn, over which images.</param>
/// <param name="Subtitle">The formula, the model and the data.</param>
/// <param name="AxisA">What a step along the first direction is.</param>
/// <param name="AxisB">What a step along the second is.</param>
/// <param name="Unit">By what steps are divided for the labels, such as 1/255.</param>
/// <param name="Radius">|a| + |b| where the L∞ ball ends, in steps; null where there is none.</param>
public sealed record LandscapeCaption(string Title, string Subtitle, string AxisA, string AxisB, double Unit, double? Radius);

/// <summary>A surface as a map with contours and a colour scale, and beside it in perspective.</summary>
public static class LandscapePicture
{
    private const int Width = 1180;
    private const int Height = 616;
    private const int MapLeft = 88;
    private const int MapTop = 106;
    private const int MapSide = 430;
    private const int BarLeft = MapLeft + MapSide + 18;
    private const int BarWidth = 16;
    private const int ViewLeft = 640;
    private const int ViewWidth = 530;
    private const int ViewTop = 84;
    private const int ViewHeight = 500;
    private const double TitleSize = 15;
    private const double LabelSize = 12;
    private const double TickSize = 11;
    private const int WantedContours = 10;

    // In input space these are multiples of epsilon.
    private static readonly double[] s_ticks = [-1, -0.5, 0, 0.5, 1];

    /// <summary>Draws and saves it.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="surface">The surface.</param>
    /// <param name="caption">What stands beside it.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, LossSurface surface, LandscapeCaption caption)
    {
        var (least, most) = (surface.Loss.Min(), surface.Loss.Max());
        if (most - least < 1e-12)
            most = least + 1e-12;
        var canvas = new Canvas(Width, Height);
        canvas.Text(24, 34, caption.Title, TitleSize);
        canvas.Text(24, 60, caption.Subtitle, TickSize, colour: Colour.Grey.Towards(Colour.Ink, 0.4));
        DrawMap(canvas, surface, caption, least, most);
        DrawBar(canvas, least, most);
        SurfaceView.Draw(canvas, surface, least, most, ViewLeft, ViewTop, ViewWidth, ViewHeight, "a", "b");
        canvas.Save(path);
    }

    private static void DrawMap(Canvas canvas, LossSurface surface, LandscapeCaption caption, double least, double most)
    {
        var last = surface.Points - 1;
        (double X, double Y) Place(double a, double b) => (MapLeft + a / last * MapSide, MapTop + MapSide - b / last * MapSide);
        (double X, double Y) PlaceStep(double a, double b) => Place((a / surface.Reach + 1) / 2 * last, (b / surface.Reach + 1) / 2 * last);
        for (var y = 0; y < MapSide; y++)
        {
            for (var x = 0; x < MapSide; x++)
                canvas[MapLeft + x, MapTop + y] = ColourScale.At((surface.LossBetween((x + 0.5) / MapSide * last, (MapSide - y - 0.5) / MapSide * last) - least) / (most - least));
        }

        foreach (var level in AxisTicks.Between(least, most, WantedContours))
        {
            var pieces = Contours.Of(surface.Loss, surface.Points, level).Select(piece => (Place(piece.From.A, piece.From.B), Place(piece.To.A, piece.To.B))).ToArray();
            canvas.Lines(pieces, 1.1, Colour.White, 0.8);
        }

        if (caption.Radius is { } radius && radius < surface.Reach)
            Dashed(canvas, [PlaceStep(radius, 0), PlaceStep(0, radius), PlaceStep(-radius, 0), PlaceStep(0, -radius), PlaceStep(radius, 0)]);
        var (centreX, centreY) = PlaceStep(0, 0);
        canvas.Line([(centreX - 5, centreY), (centreX + 5, centreY)], 1.6, Colour.White);
        canvas.Line([(centreX, centreY - 5), (centreX, centreY + 5)], 1.6, Colour.White);
        canvas.Line([(MapLeft, MapTop), (MapLeft + MapSide, MapTop), (MapLeft + MapSide, MapTop + MapSide), (MapLeft, MapTop + MapSide), (MapLeft, MapTop)], 1.2, Colour.Ink);

        foreach (var share in s_ticks)
        {
            var (x, y) = PlaceStep(share * surface.Reach, share * surface.Reach);
            var label = $"{share * surface.Reach / caption.Unit:0.##}";
            canvas.Line([(x, MapTop + MapSide), (x, MapTop + MapSide + 5)], 1.1, Colour.Ink);
            canvas.Text(x, MapTop + MapSide + 21, label, TickSize, anchor: 0.5);
            canvas.Line([(MapLeft - 5, y), (MapLeft, y)], 1.1, Colour.Ink);
            canvas.Text(MapLeft - 9, y + TickSize / 2, label, TickSize, anchor: 1);
        }

        canvas.Text(MapLeft + MapSide / 2.0, MapTop + MapSide + 48, caption.AxisA, LabelSize, anchor: 0.5);
        canvas.Text(34, MapTop + MapSide / 2.0, caption.AxisB, LabelSize, anchor: 0.5, upwards: true);
    }

    private static void DrawBar(Canvas canvas, double least, double most)
    {
        for (var y = 0; y < MapSide; y++)
            canvas.Fill(BarLeft, MapTop + y, BarWidth, 1, ColourScale.At(1 - (y + 0.5) / MapSide));
        canvas.Line([(BarLeft, MapTop), (BarLeft + BarWidth, MapTop), (BarLeft + BarWidth, MapTop + MapSide), (BarLeft, MapTop + MapSide), (BarLeft, MapTop)], 1, Colour.Ink);
        foreach (var tick in AxisTicks.Between(least, most, WantedContours))
        {
            var y = MapTop + MapSide * (1 - (tick - least) / (most - least));
            canvas.Line([(BarLeft + BarWidth, y), (BarLeft + BarWidth + 4, y)], 1.1, Colour.Ink);
            canvas.Text(BarLeft + BarWidth + 8, y + TickSize / 2, $"{tick:0.####}", TickSize);
        }

        canvas.Text(BarLeft + BarWidth / 2.0, MapTop - 9, "loss", TickSize, anchor: 0.5);
    }

    private static void Dashed(Canvas canvas, ReadOnlySpan<(double X, double Y)> corners)
    {
        const double dash = 7;
        for (var i = 0; i + 1 < corners.Length; i++)
        {
            var (from, to) = (corners[i], corners[i + 1]);
            var length = Math.Sqrt((to.X - from.X) * (to.X - from.X) + (to.Y - from.Y) * (to.Y - from.Y));
            (double X, double Y) At(double along) => (from.X + (to.X - from.X) * along / length, from.Y + (to.Y - from.Y) * along / length);
            for (var start = 0.0; start < length; start += 2 * dash)
                canvas.Line([At(start), At(Math.Min(length, start + dash))], 1.8, Colour.White);
        }
    }
}
