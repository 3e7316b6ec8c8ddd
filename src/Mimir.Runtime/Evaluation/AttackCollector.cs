using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;

namespace Mimir.Runtime.Evaluation;

/// <summary>Takes an attack's results as they come: audits each x' and counts.</summary>
/// <param name="images">The set.</param>
/// <param name="record">Receives the results.</param>
/// <param name="epsilon">Radius of the ball that each x' must lie in.</param>
/// <param name="heartbeat">Called, one at a time, whenever something happened.</param>
internal sealed class AttackCollector(ImageSet images, AttackRecord record, float epsilon, Action<AttackCollector> heartbeat) : IAttackSink
{
    private readonly Dictionary<int, int> _positions = record.Images.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
    private readonly float[] _natural = new float[images.Shape.Values];

    /// <summary>Images done in this sitting.</summary>
    public int Images { get; private set; }

    /// <summary>Of these, images that the attack says it fooled.</summary>
    public int Fooled { get; private set; }

    /// <summary>Forward passes of the images done in this sitting.</summary>
    public long Forwards { get; private set; }

    /// <summary>Images that the model looked at in this sitting, also of those that are not done.</summary>
    public long Evaluations { get; private set; }

    /// <inheritdoc/>
    public void Done(int image, in AttackResult result, ReadOnlySpan<float> adversarial)
    {
        images.CopyImage(image, _natural);
        var distance = AdversarialAudit.Require(record.Name, image, record.Norm, epsilon, _natural, adversarial);
        var position = _positions[image];
        record.Set(position, result, distance, adversarial.ToArray());
        Images++;
        Fooled += result.Fooled ? 1 : 0;
        Forwards += result.Forwards;
        heartbeat(this);
    }

    /// <inheritdoc/>
    public void Evaluated(int images)
    {
        Evaluations += images;
        heartbeat(this);
    }
}
