namespace Mimir.Runtime.Attacks;

/// <summary>Takes what an <see cref="AttackPass"/> is done with. Lanes call it one at a time, in no fixed order.</summary>
public interface IAttackSink
{
    /// <summary>An image is done.</summary>
    /// <param name="image">Its number in the set.</param>
    /// <param name="result">What happened.</param>
    /// <param name="adversarial">The attacked image, [channels, height, width]; valid during the call.</param>
    void Done(int image, in AttackResult result, ReadOnlySpan<float> adversarial);

    /// <summary>A lane moved its slots on: the heartbeat of a long attack.</summary>
    /// <param name="images">How many images the model looked at.</param>
    void Evaluated(int images)
    {
    }
}
