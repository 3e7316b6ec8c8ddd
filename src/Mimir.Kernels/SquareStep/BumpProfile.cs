namespace Mimir.Kernels;

/// <summary>The values of a bump η(s). Pixels equally far from the centre of their half, in the larger of the two directions, have equal values,
/// so a table by distance holds them.</summary>
internal readonly unsafe struct BumpProfile
{
    private readonly float* _upper;
    private readonly float* _lower;
    private readonly int _half;
    private readonly int _lowerCentre;

    /// <summary>Fills a bump's table.</summary>
    /// <param name="side">s, at least 1.</param>
    /// <param name="table">Room for <see cref="TableLength"/> floats.</param>
    public BumpProfile(int side, float* table)
    {
        _half = side / 2;
        _lowerCentre = _half + (side - _half) / 2;
        _upper = table;
        _lower = table + _half + 1;
        if (_half > 0)
            Fill(_half, side, Math.Sqrt(0.5), _upper);
        Fill(side - _half, side, _half > 0 ? -Math.Sqrt(0.5) : -1, _lower); // two halves of norm 1, or one
    }

    /// <summary>Floats of a bump's table.</summary>
    public static int TableLength(int side) => 2 * (side / 2 + 1);

    /// <summary>η(s) at a pixel of the bump, before it is transposed.</summary>
    public float this[int row, int column]
    {
        get
        {
            var across = Math.Abs(column - _half);
            return row < _half
                ? _upper[Math.Max(Math.Abs(row - _half / 2), across)]
                : _lower[Math.Max(Math.Abs(row - _lowerCentre), across)];
        }
    }

    /// <summary>E(rows, columns) of norm <paramref name="norm"/>, by distance q from the centre: a pixel lies in the squares of radius q and more,
    /// so it has Σ_{p ≥ q} 1/(p + 1)², and at distance q there are as many pixels as square q has more than square q − 1.</summary>
    private static void Fill(int rows, int columns, double norm, float* values)
    {
        double tail = 0, squares = 0;
        for (var q = columns / 2; q >= 0; q--)
        {
            tail += 1 / ((q + 1.0) * (q + 1.0));
            var pixels = Within(q, rows) * Within(q, columns) - Within(q - 1, rows) * Within(q - 1, columns);
            squares += pixels * (tail * tail);
        }

        var scale = norm / Math.Sqrt(squares);
        tail = 0;
        for (var q = columns / 2; q >= 0; q--)
        {
            tail += 1 / ((q + 1.0) * (q + 1.0));
            values[q] = (float)(tail * scale);
        }
    }

    /// <summary>Of so many positions those at most q from the middle one.</summary>
    private static int Within(int q, int count) => q < 0 ? 0 : Math.Min(count / 2 + q, count - 1) - Math.Max(count / 2 - q, 0) + 1;
}
