using System.Globalization;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Landscape;

/// <summary>Loss and accuracy over a square grid of steps along two directions.</summary>
public sealed class LossSurface
{
    /// <summary>A surface still to be filled.</summary>
    /// <param name="points">Points of an axis, odd, so that the origin is one of them.</param>
    /// <param name="reach">The axes go from −reach to reach.</param>
    public LossSurface(int points, double reach)
    {
        if (points < 3 || points % 2 == 0)
            throw new ArgumentOutOfRangeException(nameof(points), $"{points} points; an axis has an odd number from 3 on");
        (Points, Reach) = (points, reach);
        (Loss, Accuracy) = (new double[points * points], new double[points * points]);
    }

    /// <summary>Points of an axis.</summary>
    public int Points { get; }

    /// <summary>The largest step.</summary>
    public double Reach { get; }

    /// <summary>[a, b], mean loss.</summary>
    public double[] Loss { get; }

    /// <summary>[a, b], share of images that are right.</summary>
    public double[] Accuracy { get; }

    /// <summary>The step of a point; exactly 0 in the middle.</summary>
    public double StepOf(int point) => Reach * (2 * point - (Points - 1)) / (Points - 1);

    /// <summary>Loss at a point.</summary>
    public double LossAt(int a, int b) => Loss[a * Points + b];

    /// <summary>Loss between points, bilinear.</summary>
    /// <param name="a">0 to the last point.</param>
    /// <param name="b">0 to the last point.</param>
    public double LossBetween(double a, double b)
    {
        var (i, j) = (Math.Min((int)a, Points - 2), Math.Min((int)b, Points - 2));
        var (u, v) = (a - i, b - j);
        return (1 - u) * ((1 - v) * LossAt(i, j) + v * LossAt(i, j + 1)) + u * ((1 - v) * LossAt(i + 1, j) + v * LossAt(i + 1, j + 1));
    }

    /// <summary>Writes a line a point: a, b, loss, acc.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void SaveCsv(string path) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("a,b,loss,acc");
        for (var i = 0; i < Loss.Length; i++)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(float)StepOf(i / Points)},{(float)StepOf(i % Points)},{Loss[i]},{Accuracy[i]}"));
    });
}
