namespace Mimir.Runtime.Autodiff;

/// <summary>The sizes of a row-major array of one to four axes.</summary>
public readonly record struct Shape
{
    private readonly int _a, _b, _c, _d;

    /// <summary>A vector [a].</summary>
    public Shape(int a) => (_a, _b, _c, _d, Rank) = (a, 1, 1, 1, 1);

    /// <summary>A matrix [a, b].</summary>
    public Shape(int a, int b) => (_a, _b, _c, _d, Rank) = (a, b, 1, 1, 2);

    /// <summary>Such as [batch, tokens, channels].</summary>
    public Shape(int a, int b, int c) => (_a, _b, _c, _d, Rank) = (a, b, c, 1, 3);

    /// <summary>Such as images [batch, channels, height, width].</summary>
    public Shape(int a, int b, int c, int d) => (_a, _b, _c, _d, Rank) = (a, b, c, d, 4);

    /// <summary>Number of axes.</summary>
    public int Rank { get; }

    /// <summary>Size of an axis.</summary>
    public int this[int axis] => axis switch
    {
        0 when Rank > 0 => _a,
        1 when Rank > 1 => _b,
        2 when Rank > 2 => _c,
        3 when Rank > 3 => _d,
        _ => throw new ArgumentOutOfRangeException(nameof(axis), $"axis {axis} of {this}"),
    };

    /// <summary>Number of elements.</summary>
    public long Count => (long)_a * _b * _c * _d;

    /// <summary>Size of the last axis.</summary>
    public int Columns => this[Rank - 1];

    /// <summary>Number of rows when everything before the last axis is one axis.</summary>
    public int Rows => checked((int)(Count / Math.Max(1, Columns)));

    /// <summary>Reads a list of one to four sizes.</summary>
    /// <exception cref="ArgumentException">There are none, or more than four.</exception>
    public static Shape Of(ReadOnlySpan<int> sizes) => sizes.Length switch
    {
        1 => new Shape(sizes[0]),
        2 => new Shape(sizes[0], sizes[1]),
        3 => new Shape(sizes[0], sizes[1], sizes[2]),
        4 => new Shape(sizes[0], sizes[1], sizes[2], sizes[3]),
        _ => throw new ArgumentException($"a shape has one to four axes, not {sizes.Length}", nameof(sizes)),
    };

    /// <summary>The sizes as an array.</summary>
    public int[] ToArray()
    {
        var sizes = new int[Rank];
        for (var i = 0; i < sizes.Length; i++)
            sizes[i] = this[i];
        return sizes;
    }

    /// <inheritdoc/>
    public override string ToString() => "[" + string.Join(", ", ToArray()) + "]";
}
