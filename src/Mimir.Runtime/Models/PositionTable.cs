namespace Mimir.Runtime.Models;

/// <summary>Fixed two-dimensional sin-cos positions, as MAE has them (He et al. 2021): the first half of the channels encodes the column,
/// the second the row; each half is sin(p·ω_k) for all k, then cos, with ω_k = 10000^(−k/(D/4)). The class token's row is zero.</summary>
internal static class PositionTable
{
    /// <summary>[1 + grid², embed] values.</summary>
    public static float[] Create(int embed, int grid)
    {
        var quarter = embed / 4;
        var table = new float[(1 + grid * grid) * embed];
        for (var row = 0; row < grid; row++)
        {
            for (var column = 0; column < grid; column++)
            {
                var at = (1 + row * grid + column) * embed;
                for (var k = 0; k < quarter; k++)
                {
                    var omega = 1.0 / Math.Pow(10000, k / (embed / 4.0));
                    table[at + k] = (float)Math.Sin(column * omega);
                    table[at + quarter + k] = (float)Math.Cos(column * omega);
                    table[at + 2 * quarter + k] = (float)Math.Sin(row * omega);
                    table[at + 3 * quarter + k] = (float)Math.Cos(row * omega);
                }
            }
        }

        return table;
    }
}
