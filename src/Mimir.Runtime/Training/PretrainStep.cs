using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Training;

/// <summary>One step of MIMIR's pre-training up to the gradients (Algorithm 1): mask, attack, encode, penalty, decode, walk back.
/// The micro-batches run independently; only the penalty, which needs the latents of the whole batch, stands between their two
/// halves. Without a penalty each micro-batch goes through in one piece.</summary>
public sealed class PretrainStep : IDisposable
{
    private readonly MaskedAutoencoder _model;
    private readonly PretrainObjective _objective;
    private readonly InformationPenalty? _penalty;
    private readonly MicroBatchPlan _plan;
    private readonly Device _device;
    private readonly LanePools _pools;
    private readonly GradientShards _gradients;
    private readonly PatchMask _mask;
    private readonly PatchMask _attackMask;
    private readonly DeviceSpan<float> _latents;
    private readonly DeviceSpan<float> _penaltyGradients;
    private readonly Graph[] _encoders;
    private readonly Tensor?[] _encoded;
    private readonly Lane[] _lanes;
    private readonly float[] _losses;
    private readonly double[] _reconstructionNorms;
    private readonly long[] _stillPixels;
    private readonly FirstHalf _firstHalf;
    private readonly SecondHalf _secondHalf;
    private PretrainInputs _inputs;
    private double _miWeight;

    /// <summary>Prepares steps on batches of one size.</summary>
    /// <param name="model">The auto-encoder, with fresh packed weights at every run.</param>
    /// <param name="objective">What to compute.</param>
    /// <param name="estimator">The penalty's estimator; null unless the method is <see cref="PretrainMethod.Mimir"/>.</param>
    /// <param name="batch">Images of a batch; at least 2 for a penalty.</param>
    public PretrainStep(MaskedAutoencoder model, PretrainObjective objective, IMutualInformation? estimator, int batch)
    {
        (_model, _objective, _device) = (model, objective, model.Device);
        var patches = model.Encoder.Patches;
        var kept = PatchMask.KeptOf(patches, objective.MaskRatio);
        if (kept < 1 || kept >= patches)
            throw new ArgumentException($"--mask-ratio {objective.MaskRatio} keeps {kept} of {patches} patches; at least one must stay and one must go");
        _plan = new MicroBatchPlan(_device.Cut, batch, kept + 1, model.Parameters.Values.Length);
        _pools = new LanePools(_device, _device.Lanes);
        _gradients = new GradientShards(model.Parameters, _plan.Shards);
        _mask = PatchMask.Allocate(_device, batch, patches, kept);
        if (Attacks && objective.AttackMask == AttackMask.Fresh)
            _attackMask = PatchMask.Allocate(_device, batch, patches, kept);
        _latents = _device.Allocate<float>((long)batch * LatentValues, "latents");
        Adversarial = _device.Allocate<float>((long)batch * ImageValues, "adversarial images");
        if (objective.Method == PretrainMethod.Mimir)
        {
            _penalty = new InformationPenalty(_device, estimator ?? throw new ArgumentNullException(nameof(estimator)), batch);
            _penaltyGradients = _device.Allocate<float>((long)batch * LatentValues, "penalty gradients");
        }

        _encoders = new Graph[_plan.Count];
        for (var i = 0; i < _encoders.Length; i++)
            _encoders[i] = new Graph(_pools);
        _encoded = new Tensor?[_plan.Count];
        _lanes = new Lane[_device.Lanes];
        for (var i = 0; i < _lanes.Length; i++)
            _lanes[i] = new Lane(new Graph(_pools), new ReconstructionObjective(model));
        _losses = new float[batch];
        _reconstructionNorms = new double[_plan.Count];
        _stillPixels = new long[_plan.Count];
        (_firstHalf, _secondHalf) = (new FirstHalf(this), new SecondHalf(this));
        _miWeight = objective.MiWeight;
    }

    /// <summary>The attacked images of the last run, [batch, channels, side, side].</summary>
    public DeviceSpan<float> Adversarial { get; }

    /// <summary>Latents of the last run, [batch, kept + 1, embed].</summary>
    public DeviceSpan<float> Latents => _latents;

    /// <summary>∂information/∂latents of the last run, not weighted; empty without a penalty.</summary>
    public DeviceSpan<float> PenaltyGradients => _penaltyGradients;

    /// <summary>Which patches the last run hid.</summary>
    public PatchMask Mask => _mask;

    /// <summary>Sums of gradients, to which every run adds.</summary>
    public GradientShards Gradients => _gradients;

    /// <summary>With <see cref="PretrainObjective.MiBalance"/>: the running estimate of ‖∂reconstruction‖/‖∂information‖ at the latent that
    /// sets λ; 0 before the first step. Part of a checkpoint.</summary>
    public double BalanceEstimate { get; set; }

    private bool Attacks => _objective.Method != PretrainMethod.Mae;

    private int ImageValues => _model.Encoder.Channels * _model.Encoder.Image * _model.Encoder.Image;

    private int LatentValues => (_mask.Kept + 1) * _model.Encoder.Embed;

    /// <summary>Adds the gradients of one batch to <see cref="Gradients"/>.</summary>
    public PretrainReport Run(PretrainInputs inputs)
    {
        _inputs = inputs;
        _device.Run(_firstHalf, _plan.Shards);
        var estimate = Estimate.Skipped;
        if (_penalty is not null)
        {
            estimate = _penalty.Evaluate(_plan.Batch, Adversarial, _latents);
            _penalty.GradientAtLatents(_latents, 1, accumulate: false, _penaltyGradients);
            if (_objective.MiBalance > 0)
                _miWeight = _objective.MiBalance * BalanceEstimate;
            _device.Run(_secondHalf, _plan.Shards);
        }

        return Report(estimate);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pools.Dispose();
        _gradients.Dispose();
        _mask.Free();
        if (_attackMask.Kept > 0)
            _attackMask.Free();
        _penalty?.Dispose();
        if (!_penaltyGradients.IsEmpty)
            _penaltyGradients.Buffer.Dispose();
        _latents.Buffer.Dispose();
        Adversarial.Buffer.Dispose();
    }

    private PretrainReport Report(Estimate estimate)
    {
        var masked = (double)_plan.Batch * (_model.Encoder.Patches - _mask.Kept);
        var reconstruction = 0.0;
        foreach (var loss in _losses)
            reconstruction += loss;
        reconstruction /= masked;
        var still = double.NaN;
        if (Attacks)
        {
            still = 0;
            foreach (var count in _stillPixels)
                still += count;
            still /= (double)_plan.Batch * ImageValues;
        }

        if (_penalty is null || estimate.IsSkipped)
            return new PretrainReport(reconstruction, reconstruction, double.NaN, _penalty is not null, 0, double.NaN, still);

        var squared = 0.0;
        foreach (var norm in _reconstructionNorms)
            squared += norm;
        var ratio = Math.Sqrt(Reduce.SumOfSquares(_penaltyGradients) / squared);
        var report = new PretrainReport(
            reconstruction + _miWeight * estimate.Value, reconstruction, estimate.Value, false, _miWeight, _miWeight * ratio, still);
        if (_objective.MiBalance > 0 && ratio > 0)
            BalanceEstimate = BalanceEstimate == 0 ? 1 / ratio : 0.95 * BalanceEstimate + 0.05 / ratio;
        return report;
    }

    /// <summary>Mask, attack and encoder of one micro-batch; all the rest too when there is no penalty.</summary>
    private void Forward(int microBatch, int shard, Lane lane)
    {
        var (start, size) = (_plan.Start(microBatch), _plan.SizeOf(microBatch));
        var (patches, values) = (_model.Encoder.Patches, ImageValues);
        var natural = _inputs.Images.Slice((long)start * values, (long)size * values);
        var adversarial = Adversarial.Slice((long)start * values, (long)size * values);
        var mask = _mask.Images(start, size);
        DrawMask(mask, _inputs.MaskNoise, RandomPurpose.Mask, start, size, patches);
        if (!_inputs.Adversarial.IsEmpty)
            Elementwise.Copy(_inputs.Adversarial.Slice((long)start * values, (long)size * values), adversarial);
        else if (Attacks)
            Attack(microBatch, lane, start, size, natural, adversarial, mask);
        else
            Elementwise.Copy(natural, adversarial);

        var encoder = _encoders[microBatch];
        encoder.Begin(_gradients[shard]);
        var latent = _model.Encode(encoder, encoder.Input(adversarial, _model.ImageShape(adversarial.Length)), mask);
        Elementwise.Copy(latent.Data, _latents.Slice((long)start * LatentValues, (long)size * LatentValues));
        _encoded[microBatch] = latent;
        if (_penalty is null)
            Backward(microBatch, shard, lane);
    }

    private void Attack(
        int microBatch, Lane lane, int start, int size, DeviceSpan<float> natural, DeviceSpan<float> adversarial, PatchMask mask)
    {
        var values = natural.Length;
        if (_attackMask.Kept > 0)
        {
            mask = _attackMask.Images(start, size);
            DrawMask(mask, _inputs.AttackMaskNoise, RandomPurpose.AttackMask, start, size, _model.Encoder.Patches);
        }

        lane.Objective.Mask = mask;
        lane.Objective.Target = _objective.AttackTarget == AttackTarget.Natural ? natural : default;
        var gradient = _pools.Rent(values);
        var noise = _inputs.AttackStart.IsEmpty ? _pools.Rent(values) : _inputs.AttackStart.Slice(start * (long)ImageValues, values);
        if (_inputs.AttackStart.IsEmpty)
        {
            var epsilon = _objective.Budget.Epsilon;
            Philox.Uniform(
                _inputs.Seed, RandomStreams.Of(RandomPurpose.AttackStart, _inputs.Step), (ulong)start * (ulong)ImageValues, -epsilon, epsilon, noise);
        }

        lane.Attack.Run(_objective.Budget, natural, noise, gradient, adversarial);
        _stillPixels[microBatch] = Reduce.CountZeros(gradient);
        if (_inputs.AttackStart.IsEmpty)
            _pools.Return(noise);
        _pools.Return(gradient);
    }

    private void DrawMask(PatchMask mask, DeviceSpan<float> given, RandomPurpose purpose, int start, int size, int patches)
    {
        if (!given.IsEmpty)
        {
            mask.Draw(given.Slice((long)start * patches, (long)size * patches), size);
            return;
        }

        var noise = _pools.Rent((long)size * patches);
        Philox.Uniform(_inputs.Seed, RandomStreams.Of(purpose, _inputs.Step), (ulong)start * (ulong)patches, 0f, 1f, noise);
        mask.Draw(noise, size);
        _pools.Return(noise);
    }

    /// <summary>Decoder, loss and the walk back through both halves of one micro-batch.</summary>
    private void Backward(int microBatch, int shard, Lane lane)
    {
        var (start, size) = (_plan.Start(microBatch), _plan.SizeOf(microBatch));
        var mask = _mask.Images(start, size);
        var encoder = _encoders[microBatch];
        var latent = _encoded[microBatch]!;
        var dLatent = _pools.Rent(latent.Shape.Count);

        var decoder = lane.Graph;
        decoder.Begin(_gradients[shard]);
        var prediction = _model.Decode(decoder, decoder.Input(latent.Data, latent.Shape, dLatent), mask);
        var natural = _inputs.Images.Slice((long)start * ImageValues, (long)size * ImageValues);
        var target = decoder.Input(natural, _model.ImageShape(natural.Length));
        var scale = 1f / ((float)_plan.Batch * (_model.Encoder.Patches - mask.Kept));
        var losses = _model.Loss(decoder, prediction, target, mask, scale);
        decoder.Backward(losses);
        losses.Data.CopyTo(_losses.AsSpan(start, size)); // waits for a GPU, so last
        decoder.End();

        if (_penalty is not null)
        {
            _reconstructionNorms[microBatch] = Reduce.SumOfSquares(dLatent);
            var penalty = _penaltyGradients.Slice((long)start * LatentValues, (long)size * LatentValues);
            Elementwise.AddScaled(dLatent, penalty, (float)_miWeight, dLatent);
        }

        encoder.Backward(latent, dLatent);
        encoder.End();
        _pools.Return(dLatent);
    }

    /// <summary>What one lane uses again and again.</summary>
    private sealed record Lane(Graph Graph, ReconstructionObjective Objective)
    {
        public LinfPgd Attack { get; } = new(Graph, Objective);
    }

    private sealed class FirstHalf(PretrainStep step) : ITeamWork
    {
        public void Run(int task, int lane)
        {
            for (var i = step._plan.FirstOf(task); i < step._plan.FirstOf(task + 1); i++)
                step.Forward(i, task, step._lanes[lane]);
        }
    }

    private sealed class SecondHalf(PretrainStep step) : ITeamWork
    {
        public void Run(int task, int lane)
        {
            for (var i = step._plan.FirstOf(task); i < step._plan.FirstOf(task + 1); i++)
                step.Backward(i, task, step._lanes[lane]);
        }
    }
}
