using Mimir.Kernels;

namespace Mimir.Runtime.Benchmarks.Cases;

/// <summary>Matrix products: the linear layers of the models on a micro-batch's rows, and the general forms.</summary>
internal static class MatMulCases
{
    private const string Family = "MatMul";
    private const int DecoderWidth = 128;
    private const int FullRows = 520;

    private static readonly int[] s_rows = [136, FullRows, 1040]; // 8 images of 17 visible tokens, 8 and 16 of 65
    private static readonly int[] s_widths = [192, 384, 768];

    /// <summary>The cases.</summary>
    public static IEnumerable<KernelCase> All() =>
    [
        .. s_widths.SelectMany(width => s_rows.SelectMany(rows => Layers(rows, width))),
        .. Layers(FullRows, DecoderWidth),
        .. Layer("patch embedding", 512, 48, 192, Epilogue.Bias),
        .. Layer("decoder embedding", 136, 192, DecoderWidth, Epilogue.Bias),
        .. Layer("decoder prediction", FullRows, DecoderWidth, 48, Epilogue.Bias),
        General("NN", "square", 512, 512, 512),
        General("NT", "square", 512, 512, 512),
        General("TN", "square", 512, 512, 512),
        General("NN", "decoder, one image", 65, DecoderWidth, DecoderWidth),
        General("NT", "scores of one head", 65, 65, 64),
        General("NT", "Gram of pixels", 128, 128, 3072),
        new KernelCase(Family, "weight of MLP up", arrays =>
        {
            var (weight, values) = (arrays.Weight(768, 192), arrays.Floats(768 * 192));
            return () => weight.Pack(values);
        }),
    ];

    private enum Epilogue
    {
        Bias,
        Gelu,
        Residual,
    }

    private static IEnumerable<KernelCase> Layers(int rows, int width) =>
    [
        .. Layer("qkv", rows, width, 3 * width, Epilogue.Bias),
        .. Layer("projection", rows, width, width, Epilogue.Residual),
        .. Layer("MLP up", rows, width, 4 * width, Epilogue.Gelu),
        .. Layer("MLP down", rows, 4 * width, width, Epilogue.Residual, behindGelu: true),
    ];

    private static IEnumerable<KernelCase> Layer(string note, int rows, int inputs, int outputs, Epilogue epilogue, bool behindGelu = false) =>
    [
        new(Family, note, arrays =>
        {
            var (x, y, weight, bias) = (arrays.Floats((long)rows * inputs), arrays.Floats((long)rows * outputs), arrays.Weight(outputs, inputs), arrays.Floats(outputs));
            var more = epilogue == Epilogue.Bias ? default : arrays.Floats((long)rows * outputs);
            var parts = epilogue switch
            {
                Epilogue.Gelu => new LinearEpilogue { Bias = bias, Gelu = true, Derivative = more },
                Epilogue.Residual => new LinearEpilogue { Bias = bias, Residual = more },
                _ => new LinearEpilogue { Bias = bias },
            };
            return () => MatMul.Forward(x, weight, rows, parts, y);
        }),
        new(Family, note, arrays =>
        {
            var (dX, dY, weight) = (arrays.Floats((long)rows * inputs), arrays.Floats((long)rows * outputs), arrays.Weight(outputs, inputs));
            var factor = behindGelu ? arrays.Floats((long)rows * inputs) : default;
            return () => MatMul.BackwardInput(dY, weight, rows, factor, false, dX);
        }),
        new(Family, note, arrays =>
        {
            var (x, dY) = (arrays.Floats((long)rows * inputs), arrays.Floats((long)rows * outputs));
            var (dWeight, dBias) = (arrays.Floats((long)outputs * inputs), arrays.Floats(outputs));
            return () => MatMul.BackwardWeight(dY, x, rows, outputs, inputs, dWeight, dBias);
        }),
    ];

    private static KernelCase General(string form, string note, int m, int n, int k) => new(Family, note, arrays =>
    {
        var (a, b, c) = (arrays.Floats((long)m * k), arrays.Floats((long)k * n), arrays.Floats((long)m * n));
        return form switch
        {
            "NN" => () => MatMul.NN(a, b, m, n, k, c),
            "NT" => () => MatMul.NT(a, b, m, n, k, c),
            _ => () => MatMul.TN(a, b, m, n, k, c),
        };
    });
}
