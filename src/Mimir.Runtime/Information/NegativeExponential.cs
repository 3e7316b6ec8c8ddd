using System.Numerics;

namespace Mimir.Runtime.Information;

/// <summary>exp(−d·rate) and exp(−d·rate) − 1 over a matrix of distances, float64, to a few units in the last place.</summary>
internal static class NegativeExponential
{
    private const double SeriesLimit = -0.35; // below it, exp(x) − 1 loses less than two bits
    private const int SeriesTerms = 13; // 0.35^14/14! < 5e-18

    /// <summary>y = exp(−distances·rate) − 1, without cancellation where the exponential is nearly 1.</summary>
    public static void LessOne(ReadOnlySpan<double> distances, double rate, Span<double> y)
    {
        var i = 0;
        for (; i <= distances.Length - Vector<double>.Count; i += Vector<double>.Count)
            LessOne(new Vector<double>(distances[i..]) * -rate).CopyTo(y[i..]);
        for (; i < distances.Length; i++)
            y[i] = LessOne(new Vector<double>(distances[i] * -rate))[0];
    }

    /// <summary>y = exp(−distances·rate).</summary>
    public static void Of(ReadOnlySpan<double> distances, double rate, Span<double> y)
    {
        for (var i = 0; i < distances.Length; i++)
            y[i] = Math.Exp(-distances[i] * rate);
    }

    private static Vector<double> LessOne(Vector<double> x)
    {
        // Taylor's series in Horner form: x(1 + x/2(1 + x/3(1 + …))).
        var series = Vector<double>.One;
        for (var term = SeriesTerms; term > 1; term--)
            series = Vector.FusedMultiplyAdd(series * x, new Vector<double>(1.0 / term), Vector<double>.One);
        var near = Vector.GreaterThan(x, new Vector<double>(SeriesLimit));
        return Vector.ConditionalSelect(near, series * x, Vector.Exp(x) - Vector<double>.One);
    }
}
