using Mimir.Kernels;

namespace Mimir.Runtime.Benchmarks.Cases;

/// <summary>Kernels that read and write whole rows: LayerNorm, GELU by itself, losses of logits. In the cache, and from memory.</summary>
internal static class RowCases
{
    private const int Rows = 520;
    private const int ManyRows = 65_536; // 48 MiB an array of 192 channels
    private const float Epsilon = 1e-6f;

    /// <summary>The cases.</summary>
    public static IEnumerable<KernelCase> All() =>
    [
        .. Norm("vit_ti", Rows, 192), .. Norm("vit_small", Rows, 384), .. Norm("from memory", ManyRows, 192),
        .. Activation("vit_ti", Rows * 768), .. Activation("from memory", ManyRows * 192L),
        .. Losses("CIFAR-10", 128, 10), .. Losses("1000 classes", 128, 1000),
    ];

    private static IEnumerable<KernelCase> Norm(string note, int rows, int channels)
    {
        const string Family = "LayerNorm";
        var elements = (long)rows * channels;
        KernelCase Backward(bool parameters) => new(Family, note, arrays =>
        {
            var (x, dY, dX, weight) = (arrays.Floats(elements), arrays.Floats(elements), arrays.Floats(elements), arrays.Floats(channels));
            var (mean, rstd) = (arrays.Floats(rows), arrays.Floats(rows, 1, 2));
            var (dWeight, dBias) = parameters ? (arrays.Floats(channels), arrays.Floats(channels)) : default;
            return () => LayerNorm.Backward(dY, x, weight, mean, rstd, rows, channels, dX, dX, dWeight, dBias);
        });

        return
        [
            new(Family, note, arrays =>
            {
                var (x, y, weight, bias) = (arrays.Floats(elements), arrays.Floats(elements), arrays.Floats(channels), arrays.Floats(channels));
                var (mean, rstd) = (arrays.Floats(rows), arrays.Floats(rows));
                return () => LayerNorm.Forward(x, weight, bias, rows, channels, Epsilon, y, mean, rstd);
            }),
            Backward(parameters: false),
            Backward(parameters: true),
        ];
    }

    private static IEnumerable<KernelCase> Activation(string note, long elements)
    {
        const string Family = "Gelu";
        return
        [
            new(Family, note, arrays =>
            {
                var (x, y) = (arrays.Floats(elements, -3, 3), arrays.Floats(elements));
                return () => Gelu.Forward(x, y);
            }),
            new(Family, note, arrays =>
            {
                var (x, dY, dX) = (arrays.Floats(elements, -3, 3), arrays.Floats(elements), arrays.Floats(elements));
                return () => Gelu.Backward(dY, x, dX);
            }),
        ];
    }

    private static IEnumerable<KernelCase> Losses(string note, int batch, int classes)
    {
        const string Family = "CrossEntropy";
        const float Smoothing = 0.1f;
        const float Beta = 6;
        return
        [
            new(Family, note, arrays =>
            {
                var (logits, labels, losses) = (arrays.Floats((long)batch * classes), arrays.Zeros<int>(batch), arrays.Floats(batch));
                return () => CrossEntropy.Forward(logits, labels, batch, classes, Smoothing, losses);
            }),
            new(Family, note, arrays =>
            {
                var (logits, labels, dLogits) = (arrays.Floats((long)batch * classes), arrays.Zeros<int>(batch), arrays.Floats((long)batch * classes));
                return () => CrossEntropy.Backward(logits, labels, batch, classes, Smoothing, 1f / batch, dLogits);
            }),
            new(Family, note, arrays =>
            {
                var (logits, targets, losses) = (arrays.Floats((long)batch * classes), arrays.Floats((long)batch * classes, 0), arrays.Floats(batch));
                return () => CrossEntropy.ForwardSoft(logits, targets, batch, classes, losses);
            }),
            new(Family, note, arrays =>
            {
                var (logits, targets) = (arrays.Floats((long)batch * classes), arrays.Floats((long)batch * classes, 0));
                var dLogits = arrays.Floats((long)batch * classes);
                return () => CrossEntropy.BackwardSoft(logits, targets, batch, classes, 1f / batch, dLogits);
            }),
            new("MarginLoss", note, arrays =>
            {
                var (logits, labels, losses) = (arrays.Floats((long)batch * classes), arrays.Zeros<int>(batch), arrays.Floats(batch));
                return () => MarginLoss.Forward(MarginForm.Dlr, logits, labels, default, batch, classes, float.NegativeInfinity, losses);
            }),
            new("MarginLoss", note, arrays =>
            {
                var (logits, labels, dLogits) = (arrays.Floats((long)batch * classes), arrays.Zeros<int>(batch), arrays.Floats((long)batch * classes));
                return () => MarginLoss.Backward(MarginForm.Dlr, logits, labels, default, batch, classes, float.NegativeInfinity, 1, dLogits);
            }),
            new("KlDivergence", note, arrays =>
            {
                var (p, q, losses) = (arrays.Floats((long)batch * classes), arrays.Floats((long)batch * classes), arrays.Floats(batch));
                return () => KlDivergence.Forward(p, q, batch, classes, losses);
            }),
            new("KlDivergence", note, arrays =>
            {
                var (p, q) = (arrays.Floats((long)batch * classes), arrays.Floats((long)batch * classes));
                var (dP, dQ) = (arrays.Floats((long)batch * classes), arrays.Floats((long)batch * classes));
                return () => KlDivergence.Backward(p, q, batch, classes, 1f / batch, dP, dQ);
            }),
            new("MartLoss", note, arrays =>
            {
                var (attacked, natural) = (arrays.Floats((long)batch * classes), arrays.Floats((long)batch * classes));
                var (labels, losses) = (arrays.Zeros<int>(batch), arrays.Floats(batch));
                return () => MartLoss.Forward(attacked, natural, labels, batch, classes, Beta, losses);
            }),
            new("MartLoss", note, arrays =>
            {
                var (attacked, natural, labels) = (arrays.Floats((long)batch * classes), arrays.Floats((long)batch * classes), arrays.Zeros<int>(batch));
                var (dAttacked, dNatural) = (arrays.Floats((long)batch * classes), arrays.Floats((long)batch * classes));
                return () => MartLoss.Backward(attacked, natural, labels, batch, classes, Beta, 1f / batch, dAttacked, dNatural);
            }),
        ];
    }
}
