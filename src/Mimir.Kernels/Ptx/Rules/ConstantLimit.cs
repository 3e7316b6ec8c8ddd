namespace Mimir.Kernels.Ptx.Rules;

/// <summary>Constants allowed in a place.</summary>
internal sealed record ConstantLimit(IReadOnlyList<ulong>? Values, ulong Minimum, ulong Maximum, ulong Multiple)
{
    /// <summary>Reads <c>4|8|16</c>, <c>0..15</c> or <c>*32</c>.</summary>
    public static ConstantLimit Parse(string text)
    {
        if (text.StartsWith('*'))
            return new ConstantLimit(null, 1, ulong.MaxValue, ulong.Parse(text[1..]));
        var range = text.Split("..");
        return range.Length == 2
            ? new ConstantLimit(null, ulong.Parse(range[0]), ulong.Parse(range[1]), 1)
            : new ConstantLimit(text.Split('|').Select(ulong.Parse).ToArray(), 0, 0, 1);
    }

    public bool Allows(ulong value) =>
        Values?.Contains(value) ?? (value >= Minimum && value <= Maximum && value % Multiple == 0);

    /// <inheritdoc/>
    public override string ToString() => Values is not null
        ? string.Join(" or ", Values)
        : Multiple > 1 ? $"a positive multiple of {Multiple}" : $"{Minimum} to {Maximum}";
}
