using Mimir.Runtime.Information;

namespace Mimir.Runtime.Tests.Information;

/// <summary>A matrix [count, columns] in plain float64: its squared distances, and the way back from weights on them to its gradient.</summary>
internal sealed class Rows
{
    public Rows(double[] values, int columns)
    {
        (Values, Columns, Count) = (values, columns, values.Length / columns);
        Squared = new double[Count * Count];
        for (var i = 0; i < Count; i++)
        {
            for (var j = 0; j < Count; j++)
            {
                for (var k = 0; k < columns; k++)
                    Squared[i * Count + j] += Math.Pow(values[i * columns + k] - values[j * columns + k], 2);
            }
        }
    }

    public double[] Values { get; }

    public int Columns { get; }

    public int Count { get; }

    public double[] Squared { get; }

    public RowDistances Distances => new(Squared, Columns);

    public static Rows Of(int count, int columns, Func<int, int, double> element) =>
        new([.. Enumerable.Range(0, count * columns).Select(at => element(at / columns, at % columns))], columns);

    /// <summary>Seeded values around <paramref name="centre"/>.</summary>
    public static Rows Random(int count, int columns, int seed, double deviation = 1, double centre = 0)
    {
        var random = new Random(seed);
        return Of(count, columns, (_, _) => centre + deviation * (random.NextDouble() * 2 - 1));
    }

    public Rows With(int element, double change)
    {
        var values = (double[])Values.Clone();
        values[element] += change;
        return new Rows(values, Columns);
    }

    /// <summary>∂value/∂a_i = 2 Σ_j S_ij (a_i − a_j).</summary>
    public double[] Gradient(double[] weights)
    {
        var gradient = new double[Values.Length];
        for (var i = 0; i < Count; i++)
        {
            for (var j = 0; j < Count; j++)
            {
                for (var k = 0; k < Columns; k++)
                    gradient[i * Columns + k] += 2 * weights[i * Count + j] * (Values[i * Columns + k] - Values[j * Columns + k]);
            }
        }

        return gradient;
    }
}
