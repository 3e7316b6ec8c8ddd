namespace Mimir.Runtime.Corruptions;

/// <summary>What stands beyond the border of an image.</summary>
internal enum EdgeRule
{
    /// <summary>The last pixel: a a | a b c | c c.</summary>
    Nearest,

    /// <summary>The image mirrored about its border: b a | a b c | c b.</summary>
    Reflect,

    /// <summary>The image mirrored about its last pixel: c b | a b c | b a.</summary>
    Reflect101,
}

/// <summary>Follows the rules.</summary>
internal static class EdgeRules
{
    /// <summary>The pixel of [0, count) that stands at <paramref name="index"/>, however far outside that is.</summary>
    public static int Inside(this EdgeRule rule, int index, int count)
    {
        if ((uint)index < (uint)count)
            return index;
        switch (rule)
        {
            case EdgeRule.Nearest:
                return Math.Clamp(index, 0, count - 1);
            case EdgeRule.Reflect:
                index = Modulo(index, 2 * count);
                return index < count ? index : 2 * count - 1 - index;
            default:
                if (count == 1)
                    return 0;
                index = Modulo(index, 2 * count - 2);
                return index < count ? index : 2 * count - 2 - index;
        }
    }

    private static int Modulo(int value, int modulus) => (value % modulus + modulus) % modulus;
}
