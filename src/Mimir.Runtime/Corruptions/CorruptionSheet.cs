using Mimir.Runtime.Pictures;

namespace Mimir.Runtime.Corruptions;

/// <summary>A picture of one image under corruptions, a row each, and severities, a column each.</summary>
public static class CorruptionSheet
{
    private const int ShownSide = 64; // of the smallest magnification that is at least this
    private const int Gap = 6;
    private const int NamesWidth = 210;
    private const int LineHeight = 22;
    private const double TextSize = 12;
    private const double TitleSize = 15;

    /// <summary>Draws and saves it.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="images">The images.</param>
    /// <param name="corruptions">Corruptions without obstacle.</param>
    /// <param name="image">The image's number.</param>
    /// <param name="origin">Where the images come from; lines below the title.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, CorruptedImages images, IReadOnlyList<Corruption> corruptions, int image, IReadOnlyList<string> origin)
    {
        string[] lines = [.. origin, $"image {image}, class {images.ClassNames[images.Labels[image]]}"];
        var head = 68 + lines.Length * LineHeight;
        var magnification = Math.Max(1, (ShownSide + images.Shape.Height - 1) / images.Shape.Height);
        var cell = images.Shape.Height * magnification;
        var width = NamesWidth + Corruption.Severities * (cell + Gap) + Gap;
        var canvas = new Canvas(width, head + corruptions.Count * (cell + Gap) + Gap);
        canvas.Text(Gap * 2, 32, "Common corruptions, severities 1 to 5", TitleSize);
        for (var i = 0; i < lines.Length; i++)
            canvas.Text(Gap * 2, 56 + i * LineHeight, lines[i], TextSize, colour: Colour.Grey.Towards(Colour.Ink, 0.4));
        var pixels = new byte[images.Shape.Values];
        for (var row = 0; row < corruptions.Count; row++)
        {
            var top = head + row * (cell + Gap);
            canvas.Text(NamesWidth - 2 * Gap, top + (cell + TextSize) / 2, corruptions[row].Name, TextSize, anchor: 1);
            for (var severity = 1; severity <= Corruption.Severities; severity++)
            {
                var left = NamesWidth + (severity - 1) * (cell + Gap);
                if (row == 0)
                    canvas.Text(left + cell / 2.0, head - 10, $"{severity}", TextSize, anchor: 0.5);
                images.Read(corruptions[row], severity, image, pixels);
                Show(canvas, pixels, images.Shape.Channels, images.Shape.Height, magnification, left, top);
            }
        }

        canvas.Save(path);
    }

    private static void Show(Canvas canvas, byte[] pixels, int channels, int side, int magnification, int left, int top)
    {
        var plane = side * side;
        for (var i = 0; i < plane; i++)
        {
            var colour = channels == 1 ? new Colour(pixels[i], pixels[i], pixels[i]) : new Colour(pixels[i], pixels[plane + i], pixels[2 * plane + i]);
            canvas.Fill(left + i % side * magnification, top + i / side * magnification, magnification, magnification, colour);
        }
    }
}
