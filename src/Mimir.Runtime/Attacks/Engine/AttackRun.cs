using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Attacks;

/// <summary>An attack under way on one lane: a few slots, each with an image at some point of its own attack. A step evaluates the images
/// of all occupied slots together and moves each on. A slot whose image is done is filled anew, so that steps stay full.
/// <para>Occupied slots are the first ones: the last moves into a gap. What an attack keeps for an image therefore lives in rows
/// (<see cref="AddRows"/>) or is moved by <see cref="Move"/>.</para></summary>
public abstract class AttackRun : IDisposable
{
    private readonly List<DeviceSpan<float>> _rows = [];
    private readonly int[] _labels;
    private readonly int[] _images;
    private readonly bool[] _done;
    private readonly Progress[] _progress;

    /// <summary>Prepares empty slots.</summary>
    /// <param name="victim">The lane's view of the model.</param>
    /// <param name="slots">How many.</param>
    protected AttackRun(Victim victim, int slots)
    {
        (Victim, Slots) = (victim, slots);
        Natural = AddRows("natural images");
        Adversarial = AddRows("attacked images");
        Labels = victim.Model.Device.Allocate<int>(slots, "labels");
        (_labels, _images, _done, _progress) = (new int[slots], new int[slots], new bool[slots], new Progress[slots]);
        Logits = new float[slots * victim.Model.Classes];
        Losses = new float[slots];
    }

    /// <summary>Most images at a time.</summary>
    public int Slots { get; }

    /// <summary>The lane's view of the model.</summary>
    protected Victim Victim { get; }

    /// <summary>[slots, values], the images as they are.</summary>
    protected DeviceSpan<float> Natural { get; }

    /// <summary>[slots, values], what the attack returns; a copy of the natural images at the start.</summary>
    protected DeviceSpan<float> Adversarial { get; }

    /// <summary>[slots], the images' classes.</summary>
    protected DeviceSpan<int> Labels { get; }

    /// <summary>[slots, classes], of the last evaluation.</summary>
    protected float[] Logits { get; }

    /// <summary>[slots], of the last evaluation.</summary>
    protected float[] Losses { get; }

    /// <summary>Puts an image into the first free slot.</summary>
    /// <param name="slot">That slot.</param>
    /// <param name="image">The image's number in its set.</param>
    /// <param name="label">Its class.</param>
    /// <param name="pixels">[channels, height, width].</param>
    internal void Load(int slot, int image, int label, ReadOnlySpan<float> pixels)
    {
        (_images[slot], _labels[slot], _done[slot]) = (image, label, false);
        _progress[slot] = new Progress { FirstSuccess = -1, Loss = float.NegativeInfinity };
        RowOf(Natural, slot).CopyFrom(pixels);
        Elementwise.Copy(RowOf(Natural, slot), RowOf(Adversarial, slot));
    }

    /// <summary>Begins the attack on newly loaded images.</summary>
    /// <param name="first">First of their slots.</param>
    /// <param name="count">How many.</param>
    internal void Begin(int first, int count)
    {
        Labels.CopyFrom(_labels);
        for (var slot = first; slot < first + count; slot++)
            Start(slot);
    }

    /// <summary>Moves all occupied slots on.</summary>
    internal void Advance(int count) => Step(count);

    /// <summary>Whether a slot's image is done.</summary>
    internal bool IsDone(int slot) => _done[slot];

    /// <summary>What happened to a slot's image, and the attacked image.</summary>
    internal (int Image, AttackResult Result) Take(int slot, Span<float> adversarial)
    {
        RowOf(Adversarial, slot).CopyTo(adversarial);
        var p = _progress[slot];
        var result = new AttackResult(p.Fooled, p.FirstSuccess, p.Loss, p.Forwards, p.Backwards) { Distance = p.Distance, ZeroGradients = p.ZeroGradients };
        return (_images[slot], result);
    }

    /// <summary>Moves an image into an empty slot. <see cref="Begin"/> or <see cref="Settle"/> follows.</summary>
    internal void MoveTo(int from, int to)
    {
        foreach (var rows in _rows)
            Elementwise.Copy(rows.Slice(from * RowLength(rows), RowLength(rows)), rows.Slice(to * RowLength(rows), RowLength(rows)));
        (_images[to], _labels[to], _done[to], _progress[to]) = (_images[from], _labels[from], _done[from], _progress[from]);
        Move(from, to);
    }

    /// <summary>Says that slots were moved and none was loaded.</summary>
    internal void Settle() => Labels.CopyFrom(_labels);

    /// <summary>Frees the rows.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Begins the attack on a newly loaded image: its natural row, label and number are set.</summary>
    protected abstract void Start(int slot);

    /// <summary>Evaluates the first <paramref name="count"/> slots and moves each on; calls <see cref="Finish"/> for those that are done.</summary>
    protected abstract void Step(int count);

    /// <summary>Whether the image in a slot needs the gradient of the next evaluation. One that does not gets it all the same beside one that
    /// does, and it is not counted.</summary>
    protected virtual bool WantsGradient(int slot) => true;

    /// <summary>Whether all points that are evaluated lie in the ball, so that a wrongly classified one is a success. An attack for which that does
    /// not hold calls <see cref="NoteSuccess"/> itself.</summary>
    protected virtual bool StaysInBall => true;

    /// <summary>Moves what the attack keeps beside rows.</summary>
    protected abstract void Move(int from, int to);

    /// <summary>Frees what the attack holds beside rows.</summary>
    protected virtual void Dispose(bool disposing)
    {
        foreach (var rows in _rows)
            rows.Buffer.Dispose();
        Labels.Buffer.Dispose();
    }

    /// <summary>An array with a row a slot, which moves with the slots.</summary>
    /// <param name="name">For the reports of a device that checks accesses.</param>
    /// <param name="length">Values of a row; 0 takes those of an image.</param>
    protected DeviceSpan<float> AddRows(string name, int length = 0)
    {
        var rows = Victim.Model.Device.Allocate<float>((long)Slots * (length == 0 ? Victim.Values : length), name);
        _rows.Add(rows);
        return rows;
    }

    /// <summary>One slot's row of such an array.</summary>
    protected DeviceSpan<float> RowOf(DeviceSpan<float> rows, int slot) => rows.Slice(slot * RowLength(rows), RowLength(rows));

    /// <summary>The rows of the first slots.</summary>
    protected DeviceSpan<float> RowsOf(DeviceSpan<float> rows, int count) => rows.Slice(0, count * RowLength(rows));

    /// <summary>The number of a slot's image in its set: random draws hang on it, not on the slot.</summary>
    protected int ImageOf(int slot) => _images[slot];

    /// <summary>The class of a slot's image.</summary>
    protected int LabelOf(int slot) => _labels[slot];

    /// <summary>The logits of a slot in the last evaluation.</summary>
    protected ReadOnlySpan<float> LogitsOf(int slot) => Logits.AsSpan(slot * Victim.Model.Classes, Victim.Model.Classes);

    /// <summary>Evaluates the first slots at given points: fills <see cref="Logits"/> and <see cref="Losses"/>, counts the passes, and notes
    /// first successes and the largest losses.</summary>
    /// <param name="loss">Which loss.</param>
    /// <param name="points">[slots, values], where to evaluate.</param>
    /// <param name="count">Slots.</param>
    /// <param name="targets">[slots], or empty.</param>
    /// <param name="gradient">[slots, values], written if a slot wants it; empty: none is computed.</param>
    /// <returns>Whether the gradient was computed.</returns>
    protected bool Evaluate(AttackLoss loss, DeviceSpan<float> points, int count, DeviceSpan<int> targets, DeviceSpan<float> gradient)
    {
        if (!WantsGradients(count))
            gradient = default;
        Victim.Evaluate(
            loss, RowsOf(points, count), Labels.Slice(0, count), targets.IsEmpty ? default : targets.Slice(0, count),
            Logits.AsSpan(0, count * Victim.Model.Classes), Losses.AsSpan(0, count), gradient.IsEmpty ? default : RowsOf(gradient, count));
        Note(count, !gradient.IsEmpty);
        return !gradient.IsEmpty;
    }

    /// <summary>Evaluates one slot's natural image: fills its <see cref="Logits"/> and counts the pass.</summary>
    protected void EvaluateNatural(int slot)
    {
        Victim.Logits(RowOf(Natural, slot), Logits.AsSpan(slot * Victim.Model.Classes, Victim.Model.Classes));
        CountForward(slot);
    }

    /// <summary>Whether one of the first slots wants a gradient.</summary>
    protected bool WantsGradients(int count)
    {
        for (var slot = 0; slot < count; slot++)
        {
            if (WantsGradient(slot))
                return true;
        }

        return false;
    }

    /// <summary>Counts an evaluation that an attack made on its own, and notes what <see cref="Logits"/> and <see cref="Losses"/> say.</summary>
    protected void Note(int count, bool backward)
    {
        for (var slot = 0; slot < count; slot++)
        {
            ref var p = ref _progress[slot];
            p.Forwards++;
            if (StaysInBall && IsFooled(slot))
                NoteSuccess(slot);
            p.Backwards += backward && WantsGradient(slot) ? 1 : 0;
            if (Losses[slot] > p.Loss)
                p.Loss = Losses[slot];
        }
    }

    /// <summary>Says that the last evaluation of a slot was of a wrongly classified point in the ball.</summary>
    protected void NoteSuccess(int slot)
    {
        ref var p = ref _progress[slot];
        if (p.FirstSuccess < 0)
            p.FirstSuccess = p.Forwards - 1;
    }

    /// <summary>Counts a forward pass of one image that says nothing about an iterate, such as one of the natural image.</summary>
    protected void CountForward(int slot) => _progress[slot].Forwards++;

    /// <summary>Counts a start at which no pixel had a gradient.</summary>
    protected void NoteZeroGradient(int slot) => _progress[slot].ZeroGradients++;

    /// <summary>Whether the last evaluation classified a slot's point wrongly.</summary>
    protected bool IsFooled(int slot) => Predictions.ArgMax(LogitsOf(slot)) != _labels[slot];

    /// <summary>Makes a slot's point what the attack returns for now.</summary>
    protected void Keep(DeviceSpan<float> points, int slot) => Elementwise.Copy(RowOf(points, slot), RowOf(Adversarial, slot));

    /// <summary>Says that a slot's image is done.</summary>
    /// <param name="slot">Which slot.</param>
    /// <param name="fooled">Whether what the attack returns fooled the model.</param>
    /// <param name="distance">See <see cref="AttackResult.Distance"/>.</param>
    protected void Finish(int slot, bool fooled, float? distance = null)
    {
        _done[slot] = true;
        (_progress[slot].Fooled, _progress[slot].Distance) = (fooled, distance);
    }

    private long RowLength(DeviceSpan<float> rows) => rows.Length / Slots;

    private struct Progress
    {
        public bool Fooled;
        public int FirstSuccess;
        public float Loss;
        public float? Distance;
        public int ZeroGradients;
        public int Forwards;
        public int Backwards;
    }
}
