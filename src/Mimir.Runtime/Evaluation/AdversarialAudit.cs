using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>Looks at an attacked image without the attack's arithmetic.</summary>
public static class AdversarialAudit
{
    /// <summary>What a length may exceed ε by: an ulp of a pixel in float32 is 6e-8, and ε itself is rounded.</summary>
    public const float Slack = 1e-6f;

    /// <summary>Length of a perturbation, summed in float64; NaN where a pixel is.</summary>
    /// <param name="norm">How it is measured.</param>
    /// <param name="natural">The image as it is.</param>
    /// <param name="adversarial">The attacked image; as many values.</param>
    public static float Distance(AttackNorm norm, ReadOnlySpan<float> natural, ReadOnlySpan<float> adversarial)
    {
        var (largest, squares) = (0.0, 0.0);
        for (var i = 0; i < natural.Length; i++)
        {
            var difference = (double)adversarial[i] - natural[i];
            largest = double.IsNaN(difference) ? difference : Math.Max(largest, Math.Abs(difference));
            squares += difference * difference;
        }

        return (float)(norm == AttackNorm.Linf ? largest : Math.Sqrt(squares));
    }

    /// <summary>Requires that an attacked image lies in [0, 1] and in its ball.</summary>
    /// <param name="attack">The attack's name.</param>
    /// <param name="image">The image's number.</param>
    /// <param name="norm">The ball's norm.</param>
    /// <param name="epsilon">Its radius; +∞ where there is none.</param>
    /// <param name="natural">The image as it is.</param>
    /// <param name="adversarial">The attacked image.</param>
    /// <returns>The length of the perturbation.</returns>
    /// <exception cref="AttackViolationException">It does not; the message names image and attack.</exception>
    public static float Require(string attack, int image, AttackNorm norm, float epsilon, ReadOnlySpan<float> natural, ReadOnlySpan<float> adversarial)
    {
        foreach (var pixel in adversarial)
        {
            if (!(pixel >= 0 && pixel <= 1))
                throw new AttackViolationException($"{attack} returned image {image} with a pixel of {pixel}, which does not lie in [0, 1]; this is a defect of the attack");
        }

        var distance = Distance(norm, natural, adversarial);
        return distance <= epsilon + Slack
            ? distance
            : throw new AttackViolationException(
                $"{attack} returned image {image} at a distance of {distance:R} ({norm}), outside its ball of {epsilon:R}; this is a defect of the attack");
    }
}
