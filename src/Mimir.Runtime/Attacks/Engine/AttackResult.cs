namespace Mimir.Runtime.Attacks;

/// <summary>What an attack did to one image.</summary>
/// <param name="Fooled">Whether the returned image was classified wrongly.</param>
/// <param name="FirstSuccess">Model evaluations before the first wrongly classified iterate, from 0; −1 where there was none. An image with
/// a first success that is not <paramref name="Fooled"/> is a silent success: the attack had it and gave it away.</param>
/// <param name="Loss">The largest loss that the attack saw.</param>
/// <param name="Forwards">Forward passes of this image.</param>
/// <param name="Backwards">Backward passes of this image.</param>
public readonly record struct AttackResult(bool Fooled, int FirstSuccess, float Loss, int Forwards, int Backwards)
{
    /// <summary>For attacks that look for the nearest wrongly classified image: how far the nearest found is from the image, in the attack's norm,
    /// whether in its ball or not; +∞ where none was found. Null for attacks that look for something else.</summary>
    public float? Distance { get; init; }

    /// <summary>Starts of auto-PGD at which no pixel had a gradient, which an attack that climbs cannot leave: a sign of masked gradients.</summary>
    public int ZeroGradients { get; init; }
}
