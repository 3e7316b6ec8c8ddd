using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Randomness;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Evaluation;

/// <summary>The reconstruction attack on a pre-trained auto-encoder: how far its error rises when the visible patches are attacked
/// (arXiv:2312.04960, Algorithm 1, line 4). An image's figures depend on nothing but the seed and its number.</summary>
public sealed class ReconstructionEvaluation : IDisposable
{
    private const int PiecesOfABlock = 16; // progress is told and cancellation looked at between blocks

    private readonly MaskedAutoencoder _model;
    private readonly ReconstructionSettings _settings;
    private readonly LanePools _pools;
    private readonly Lane[] _lanes;
    private readonly int _piece;

    /// <summary>Prepares an evaluation.</summary>
    /// <param name="model">The auto-encoder.</param>
    /// <param name="settings">The attack.</param>
    /// <exception cref="ArgumentException">The mask ratio hides all patches or none.</exception>
    public ReconstructionEvaluation(MaskedAutoencoder model, ReconstructionSettings settings)
    {
        var patches = model.Encoder.Patches;
        var kept = PatchMask.KeptOf(patches, settings.MaskRatio);
        if (kept < 1 || kept >= patches)
            throw new ArgumentException($"--mask-ratio {settings.MaskRatio} keeps {kept} of {patches} patches; at least one must stay and one must go");
        (_model, _settings) = (model, settings);
        _pools = new LanePools(model.Device, model.Device.Lanes);
        _piece = Math.Max(1, model.Device.Cut.Tokens / (patches + 1));
        _lanes = new Lane[model.Device.Lanes];
        for (var i = 0; i < _lanes.Length; i++)
            _lanes[i] = new Lane(model, new Graph(_pools), _piece, kept);
    }

    private int Values => _model.Encoder.Channels * _model.Encoder.Image * _model.Encoder.Image;

    /// <summary>Attacks a set.</summary>
    /// <param name="images">Of the model's size.</param>
    /// <param name="progress">Told now and then how many images are done.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    public ReconstructionResults Run(ImageSet images, Action<int> progress, CancellationToken cancellation)
    {
        if (images.Shape.Values != Values)
            throw new ArgumentException($"images of {images.Shape} do not fit a model of {_model.ImageShape(Values)}", nameof(images));
        var work = new Work(this, images);
        var pieces = (images.Count + _piece - 1) / _piece;
        for (var first = 0; first < pieces; first += PiecesOfABlock)
        {
            cancellation.ThrowIfCancellationRequested();
            work.First = first;
            _model.Device.Run(work, Math.Min(PiecesOfABlock, pieces - first));
            progress(Math.Min(images.Count, (first + PiecesOfABlock) * _piece));
        }

        return new ReconstructionResults(work.Natural, work.Noise, work.Attacked, work.Still.Sum() / ((double)images.Count * Values));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var lane in _lanes)
            lane.Dispose();
        _pools.Dispose();
    }

    private sealed class Work(ReconstructionEvaluation evaluation, ImageSet images) : ITeamWork
    {
        public float[] Natural { get; } = new float[images.Count];

        public float[] Noise { get; } = new float[images.Count];

        public float[] Attacked { get; } = new float[images.Count];

        public long[] Still { get; } = new long[images.Count];

        public int First { get; set; }

        public void Run(int task, int lane)
        {
            var start = (First + task) * evaluation._piece;
            var count = Math.Min(evaluation._piece, images.Count - start);
            evaluation._lanes[lane].Run(
                evaluation._settings, images, start, Natural.AsSpan(start, count), Noise.AsSpan(start, count), Attacked.AsSpan(start, count), out Still[start]);
        }
    }

    /// <summary>What one lane uses again and again.</summary>
    private sealed class Lane : IDisposable
    {
        private readonly MaskedAutoencoder _model;
        private readonly Graph _graph;
        private readonly ReconstructionObjective _objective;
        private readonly LinfPgd _attack;
        private readonly PatchMask _mask;
        private readonly PatchMask _attackMask;
        private readonly DeviceSpan<float> _maskNoise;
        private readonly DeviceSpan<float>[] _rooms = new DeviceSpan<float>[4];
        private readonly float[] _pixels;
        private readonly int _values;

        public Lane(MaskedAutoencoder model, Graph graph, int images, int kept)
        {
            (_model, _graph, _objective) = (model, graph, new ReconstructionObjective(model));
            _attack = new LinfPgd(graph, _objective);
            _mask = PatchMask.Allocate(model.Device, images, model.Encoder.Patches, kept);
            _attackMask = PatchMask.Allocate(model.Device, images, model.Encoder.Patches, kept);
            _maskNoise = model.Device.Allocate<float>((long)images * model.Encoder.Patches, "mask noise");
            _values = model.Encoder.Channels * model.Encoder.Image * model.Encoder.Image;
            _pixels = new float[images * _values];
            for (var i = 0; i < _rooms.Length; i++)
                _rooms[i] = model.Device.Allocate<float>(_pixels.Length, "images");
        }

        public void Run(
            ReconstructionSettings settings, ImageSet images, int start, Span<float> atNatural, Span<float> atNoise, Span<float> attacked, out long still)
        {
            var count = atNatural.Length;
            var pixels = _pixels.AsSpan(0, count * _values);
            for (var i = 0; i < count; i++)
                images.CopyImage(start + i, pixels.Slice(i * _values, _values));
            DeviceSpan<float> Room(int number) => _rooms[number].Slice(0, (long)count * _values);
            var (natural, noise, gradient, adversarial) = (Room(0), Room(1), Room(2), Room(3));
            natural.CopyFrom(pixels);

            var mask = Draw(_mask, settings.Seed, RandomPurpose.Mask, start, count);
            _objective.Mask = settings.Mask == AttackMask.Shared ? mask : Draw(_attackMask, settings.Seed, RandomPurpose.AttackMask, start, count);
            _objective.Target = settings.Target == AttackTarget.Natural ? natural : default;
            var epsilon = settings.Budget.Epsilon;
            Philox.Uniform(settings.Seed, RandomStreams.Of(RandomPurpose.AttackStart, 0), (ulong)start * (ulong)_values, -epsilon, epsilon, noise);
            _attack.Run(settings.Budget, natural, noise, gradient, adversarial);
            still = Reduce.CountZeros(gradient);

            LinfStep.Start(natural, noise, noise);
            Measure(natural, natural, mask, atNatural);
            Measure(noise, natural, mask, atNoise);
            Measure(adversarial, natural, mask, attacked);
        }

        public void Dispose()
        {
            _mask.Free();
            _attackMask.Free();
            _maskNoise.Buffer.Dispose();
            foreach (var room in _rooms)
                room.Buffer.Dispose();
        }

        private PatchMask Draw(PatchMask masks, ulong seed, RandomPurpose purpose, int start, int count)
        {
            var patches = _model.Encoder.Patches;
            var noise = _maskNoise.Slice(0, (long)count * patches);
            Philox.Uniform(seed, RandomStreams.Of(purpose, 0), (ulong)start * (ulong)patches, 0f, 1f, noise);
            var mask = masks.Images(0, count);
            mask.Draw(noise, count);
            return mask;
        }

        private void Measure(DeviceSpan<float> images, DeviceSpan<float> target, PatchMask mask, Span<float> errors)
        {
            var shape = _model.ImageShape(images.Length);
            _graph.Begin();
            var prediction = _model.Decode(_graph, _model.Encode(_graph, _graph.Input(images, shape), mask), mask);
            _model.Loss(_graph, prediction, _graph.Input(target, shape), mask, 1f).Data.CopyTo(errors);
            _graph.End();
            foreach (ref var error in errors)
                error /= _model.Encoder.Patches - mask.Kept;
        }
    }
}
