namespace Mimir.Kernels;

/// <summary>The size of a tile, as a type, so that it is a constant where the tile is compiled.</summary>
internal interface ITileShape
{
    /// <summary>4, 6, 8 or 12.</summary>
    static abstract int Rows { get; }

    /// <summary>1 or 2.</summary>
    static abstract int Vectors { get; }
}

/// <summary>The full tile of the 512-bit form.</summary>
internal readonly struct Tile12x2 : ITileShape
{
    /// <inheritdoc/>
    public static int Rows => 12;

    /// <inheritdoc/>
    public static int Vectors => 2;
}

/// <summary>Its last columns.</summary>
internal readonly struct Tile12x1 : ITileShape
{
    /// <inheritdoc/>
    public static int Rows => 12;

    /// <inheritdoc/>
    public static int Vectors => 1;
}

/// <summary>Up to eight last rows of the 512-bit form.</summary>
internal readonly struct Tile8x2 : ITileShape
{
    /// <inheritdoc/>
    public static int Rows => 8;

    /// <inheritdoc/>
    public static int Vectors => 2;
}

/// <summary>Their last columns.</summary>
internal readonly struct Tile8x1 : ITileShape
{
    /// <inheritdoc/>
    public static int Rows => 8;

    /// <inheritdoc/>
    public static int Vectors => 1;
}

/// <summary>The full tile of the narrower forms.</summary>
internal readonly struct Tile6x2 : ITileShape
{
    /// <inheritdoc/>
    public static int Rows => 6;

    /// <inheritdoc/>
    public static int Vectors => 2;
}

/// <summary>Its last columns.</summary>
internal readonly struct Tile6x1 : ITileShape
{
    /// <inheritdoc/>
    public static int Rows => 6;

    /// <inheritdoc/>
    public static int Vectors => 1;
}

/// <summary>Up to four last rows of any form.</summary>
internal readonly struct Tile4x2 : ITileShape
{
    /// <inheritdoc/>
    public static int Rows => 4;

    /// <inheritdoc/>
    public static int Vectors => 2;
}

/// <summary>Their last columns.</summary>
internal readonly struct Tile4x1 : ITileShape
{
    /// <inheritdoc/>
    public static int Rows => 4;

    /// <inheritdoc/>
    public static int Vectors => 1;
}
