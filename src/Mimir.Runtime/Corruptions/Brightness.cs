namespace Mimir.Runtime.Corruptions;

/// <summary>Raises the value of every colour.</summary>
internal sealed class Brightness : Corruption
{
    private static readonly double[] s_cifar = [0.05, 0.1, 0.15, 0.2, 0.3];
    private static readonly double[] s_tiny = [0.1, 0.2, 0.3, 0.4, 0.5];

    public override string Name => "brightness";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var more = level.Of(s_cifar, s_tiny);
        var bright = image.Copy();
        if (bright.Channels == 1)
        {
            foreach (ref var value in bright.Values) // a grey colour's value is its grey
                value += more;
        }
        else
        {
            HueSaturationValue.Map(bright, colour => colour with { Value = Math.Clamp(colour.Value + more, 0, 1) });
        }

        bright.Truncate(result);
    }
}
